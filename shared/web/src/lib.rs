//! Page layout, design tokens, components and translations that the services' pages share.

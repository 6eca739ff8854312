//! Fees: orders, gateways, ledger, receipts.

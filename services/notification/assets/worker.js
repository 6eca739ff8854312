// Shows a note that came by web push, and opens what it is about. ES2017.
self.addEventListener('push', event => {
  const { title, body, link } = event.data ? event.data.json() : {};
  event.waitUntil(self.registration.showNotification(title || 'Một Cửa', { body, data: link, icon: '/intake/icon.svg' }));
});

self.addEventListener('notificationclick', event => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data || '/notification/'));
});

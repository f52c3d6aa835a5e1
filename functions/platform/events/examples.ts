export const examples = {
  fileEvent: { type: 'door.opened', data: { door: 'server-room', badge: '4711' } },
};

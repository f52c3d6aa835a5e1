/** Accepted bodies by operation id. */
export const examples = {
  updateDirectoryEntry: { department: 'Sales', presence: { status: 'away', message: 'Back at two' } },
  saveDirectoryEntry: {
    displayName: 'Ann Lee',
    email: 'ann@example.com',
    directNumber: '+4610100555',
    contactInfo: { mobilePhone: '+46701234567' },
  },
};

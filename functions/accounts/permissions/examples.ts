/** Accepted bodies by operation id. */
export const examples = {
  savePermissions: {
    permissions: [
      { permission: 'users:read', granted: true },
      { permission: 'billing:read', granted: false },
    ],
    roles: ['agent'],
  },
};

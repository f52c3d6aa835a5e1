/** Accepted bodies by operation id. */
export const examples = {
  createAccessKey: { name: 'call-recorder', detail: 'Reads calls for the archive', scopes: ['calls:read', 'cdr:read'] },
  rotateAccessKey: { overlap_hours: 24 },
};

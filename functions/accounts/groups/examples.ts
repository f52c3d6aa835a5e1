/** Accepted bodies by operation id. */
export const examples = {
  createGroup: { name: 'sales', display_name: 'Sales', description: 'Sells in Europe', category: 'department' },
  updateGroup: { description: 'Sells in Europe and Asia' },
  addGroupMembers: { user_ids: ['usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A'] },
};

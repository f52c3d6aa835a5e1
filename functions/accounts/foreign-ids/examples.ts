/** Accepted bodies by operation id. */
export const examples = {
  setForeignIds: { foreignIds: [{ foreignIdType: 'salesforce', foreignId: '0055g00000A1b2CAAR' }] },
  findUsersByForeignId: { foreignIdType: 'salesforce', foreignIds: ['0055g00000A1b2CAAR'] },
};

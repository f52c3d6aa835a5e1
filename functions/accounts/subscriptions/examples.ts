/** Accepted bodies by operation id. */
export const examples = {
  setSubscription: {
    targets: [{ targetExtension: '101', buttonIndex: 2 }, { targetExtension: '102' }],
    autoRenew: true,
  },
};

/** Accepted bodies by operation id. */
export const examples = {
  enableTwoFactor: { totp_code: '287082' },
  disableTwoFactor: { recovery_code: 'k7m2p-q4xyz' },
};

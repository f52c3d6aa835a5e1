/** Accepted bodies of SMS opt-outs. */
export const examples = { optOutOfSms: { reason: 'Asked by phone' } };

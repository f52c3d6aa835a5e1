/** The log message of an answer that breaks its contract. An alarm counts it. */
export const invalidResponseMessage = 'invalid response';

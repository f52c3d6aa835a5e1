/** The log message of an answer that breaks its contract. An alarm counts it. */
export const invalidResponseMessage = 'invalid response';

/** The log message about CDRs that were filed. A metric sums its counts `rated` and `unrated`. */
export const cdrsFiledMessage = 'cdrs filed';

/** The log message of an answer that breaks its contract. An alarm counts it. */
export const invalidResponseMessage = 'invalid response';

/** The log message about CDRs that were filed. A metric sums its counts `rated` and `unrated`. */
export const cdrsFiledMessage = 'cdrs filed';

/** The log message about an SMS that the carrier may get twice. A metric counts it. */
export const smsHandedOverAgain = 'sms handed over again';

/** The log message about timers that the sweeper has passed over in earlier runs. An alarm sums its `pointers`. */
export const timersPassedOver = 'timers were passed over';

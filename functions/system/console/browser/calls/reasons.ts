import { t } from '../texts/texts.ts';

/** Why a call failed, as one would say it to the person who called. */

const texts = {
  answeredNowhere: t('no one answered'),
  busy: t('the line was busy'),
  declined: t('the call was declined'),
  unknownNumber: t('no one has this number'),
  wrongNumber: t('the number is not complete'),
  unreachable: t('no phone was signed in there'),
  noRoute: t('there is no route to this number'),
  notAllowed: t('the dial plan does not allow this call'),
  blocked: t('the caller is blocked'),
  noCredit: t('there was no credit left for it'),
  tooMany: t('too many calls were going on'),
  noAudio: t('the phones have no kind of audio in common'),
  network: t('the network on the way did not work'),
  slow: t('the other side did not respond'),
  platform: t('the platform had a failure'),
  removed: t('what carried the call was removed'),
  tooLong: t('it reached the longest time of a call'),
  loop: t('the call ran in a circle'),
} as const;

type Reason = keyof typeof texts;

/** By the cause that the platform notes (shared/telephony/call.ts, `hangupCauses`). */
const byCause: Readonly<Record<string, Reason>> = {
  USER_BUSY: 'busy',
  NO_USER_RESPONSE: 'slow',
  NO_ANSWER: 'answeredNowhere',
  CALL_REJECTED: 'declined',
  UNALLOCATED_NUMBER: 'unknownNumber',
  INVALID_NUMBER_FORMAT: 'wrongNumber',
  NO_ROUTE: 'noRoute',
  DESTINATION_OUT_OF_ORDER: 'unreachable',
  NORMAL_TEMPORARY_FAILURE: 'platform',
  NETWORK_OUT_OF_ORDER: 'network',
  INCOMPATIBLE_DESTINATION: 'noAudio',
  RECOVERY_ON_TIMER_EXPIRE: 'slow',
  CALL_DENIED: 'notAllowed',
  CALLER_BLOCKED: 'blocked',
  HOST_IN_USE: 'notAllowed',
  CALL_LIMIT: 'tooMany',
  INSUFFICIENT_BALANCE: 'noCredit',
  MAX_DURATION: 'tooLong',
  TRUNK_DELETED: 'removed',
  GATEWAY_DELETED: 'removed',
  DEVICE_DELETED: 'removed',
  NUMBER_RELEASED: 'removed',
  SYSTEM_SHUTDOWN: 'platform',
  MEDIA_RELAY_REQUIRED: 'noAudio',
  MEDIA_RELAY_UNAVAILABLE: 'platform',
  MEDIA_RELAY_LOST: 'platform',
};

/** By the status of the final response (RFC 3261 §21). */
const byStatus: Readonly<Record<number, Reason>> = {
  402: 'noCredit',
  403: 'notAllowed',
  404: 'unknownNumber',
  408: 'slow',
  480: 'unreachable',
  482: 'loop',
  483: 'loop',
  484: 'wrongNumber',
  486: 'busy',
  488: 'noAudio',
  500: 'platform',
  503: 'network',
  504: 'slow',
  600: 'busy',
  603: 'declined',
  604: 'unknownNumber',
};

/** By the cause of ITU-T Q.850, which other switches name. */
const byQ850: Readonly<Record<number, Reason>> = {
  1: 'unknownNumber',
  3: 'noRoute',
  17: 'busy',
  18: 'slow',
  19: 'answeredNowhere',
  20: 'unreachable',
  21: 'declined',
  27: 'unreachable',
  28: 'wrongNumber',
  34: 'network',
  38: 'network',
  41: 'network',
  42: 'network',
  88: 'noAudio',
  102: 'slow',
};

export type Cause = {
  /** As the platform names it; undefined: it has only the record of the call. */
  readonly cause?: string | undefined;
  readonly sip_code?: number | null | undefined;
  readonly q850?: number | null | undefined;
};

/** Why a call was not answered, without its subject; undefined: nothing says so. */
export function reasonOf({ cause = '', sip_code: status, q850 }: Cause): string | undefined {
  const reason = byCause[cause] ?? byStatus[status ?? 0] ?? byQ850[q850 ?? 0];
  return reason === undefined ? undefined : texts[reason];
}

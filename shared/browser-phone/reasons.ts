/** Why calls end and fail, in plain words. */

/** By status of the final response (RFC 3261 §21), as the platform uses it. */
const statuses: Readonly<Record<number, string>> = {
  402: 'the organization has no credit for this call.',
  403: 'the dial plan does not allow this call.',
  404: 'no one has this number or extension, or the dial plan has no rule for it.',
  408: 'no answer.',
  415: 'the other phone does not understand this call.',
  480: 'not reachable now: no phone is signed in there, or no one answers.',
  481: 'the call is already over.',
  482: 'the call runs in a circle.',
  483: 'the call runs in a circle.',
  484: 'the number is incomplete.',
  486: 'busy, or there are too many calls at the same time.',
  487: 'no answer.',
  488:
    'the phones have no audio format in common. A browser encrypts its audio (DTLS-SRTP); many desk phones and ' +
    'carriers do not, and need the media relay in between.',
  500: 'the platform has a failure. Try again.',
  503: 'the service is not available now. Try again.',
  504: 'the other side does not respond.',
  600: 'busy.',
  603: 'declined.',
};

/** Causes of JsSIP that come without a response. */
const causes: Readonly<Record<string, string>> = {
  Terminated: 'the call is over.',
  Canceled: 'the call is over.',
  'No Answer': 'no answer.',
  Expires: 'no answer.',
  'Connection Error': 'the connection to the platform is lost.',
  'Request Timeout': 'the platform does not answer.',
  'User Denied Media Access':
    'the browser gives this page no microphone. Allow it beside the address of the page, and try again.',
  'Bad Media Description': 'the audio cannot be set up with the other phone.',
  'WebRTC Error': 'the audio cannot be set up in this browser.',
  'No ACK': 'the other side does not confirm the answer.',
  'RTP Timeout': 'no more audio arrives.',
};

/** @param status of the response, if there was one @param cause as JsSIP names it */
export const reasonOf = (status: number | undefined, cause = ''): string =>
  (status === undefined ? undefined : statuses[status]) ??
  causes[cause] ??
  (status === undefined ? 'the call has failed.' : `the call has failed (${status}).`);

type Failed = { readonly status: number; readonly code: string; readonly message: string };

/** Errors of the log-in and of the line. */
const problems: Readonly<Record<string, string>> = {
  INVALID_CREDENTIALS: 'The user name or the password is wrong.',
  INVALID_TOTP_CODE: 'The code is wrong or was used before. Enter the next one.',
  ACCOUNT_LOCKED: 'The account is locked after too many wrong passwords. Wait, or ask your administrator.',
  ACCOUNT_DISABLED: 'The account is disabled. Ask your administrator.',
  CLIENT_NOT_ALLOWED: 'Your account may not log in on web pages. Ask your administrator for the permission webPortal.',
  SOFTPHONE_DISABLED: 'Your account may not use softphones. Ask your administrator for the permission softphone.',
  DEVICE_LIMIT:
    'You have as many phones and lines as you may have. Close other browser phones, or ask your administrator.',
  PHONE_LIMIT: 'Your organization has as many lines as it may have. Try again later.',
  INSUFFICIENT_SCOPE: 'Your account may not make calls: it lacks the permission calls.write. Ask your administrator.',
  RATE_LIMITED: 'Too many attempts. Wait a minute.',
  UNREACHABLE: 'The server cannot be reached.',
};

/** An error of the API, for the form of the log-in. */
export const problemOf = ({ status, code, message }: Failed): string =>
  problems[code] ?? (message === '' ? `The server answers ${status}.` : message);

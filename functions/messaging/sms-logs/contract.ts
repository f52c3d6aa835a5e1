import { linksObjects, reads, records, reports, writes } from '#contract/effects.ts';
import { endpoint, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { messagingErrors } from '../schema/errors.ts';
import { examples } from './examples.ts';
import { SmsLogPush, SmsLogReceipt } from './entry.ts';
import { Download, DownloadAnswer, DownloadLink } from './download.ts';
import { NewSearch, SearchReceipt, smsLogErrors } from './search.ts';

/** The codes of the API that clients of these endpoints know. */
const errorNames = { RATE_LIMITED: messagingErrors.RATE_LIMIT_EXCEEDED, BODY_TOO_LARGE: 'PAYLOAD_TOO_LARGE' } as const;

/** Bytes. Lambda's event of 6 MB holds the body as a JSON string, in which quotes are escaped. */
const maxPush = 4 * 1024 * 1024;

export const pushSmsLogs = endpoint('POST /smslogs/push', {
  id: 'pushSmsLogs',
  summary: 'File SMS log entries',
  description:
    'Files up to 1,000 entries of 4 MiB together, or none if one has a wrong form. Entries older than 90 days ' +
    '(`OLDER_THAN_RETENTION`) or more than 5 minutes ahead (`IN_THE_FUTURE`) count as `failed`.\n\n' +
    'A known `message_id` with a later `timestamp` updates the status and nothing else. Any other known entry is a ' +
    'duplicate, also one about an SMS of the platform. So repeating an interrupted request completes it.\n\n' +
    'A received message is an event `sms.received`; its keyword may opt its sender out (STOP) or in (START), or ask ' +
    'for an answer. A caller that is limited to its own records pushes only its own messages.',
  scope: 'messaging:write',
  body: SmsLogPush,
  bodyLimit: maxPush,
  errorNames: {
    ...errorNames,
    MISSING_FIELD: smsLogErrors.MISSING_REQUIRED_FIELD,
    VALIDATION_FAILED: smsLogErrors.INVALID_LOG_FORMAT,
  },
  answers: { 200: SmsLogReceipt },
  errors: ['PAYLOAD_TOO_LARGE'],
  actsOn: { none: 'the sender is recorded, not changed' },
  effects: [
    writes('smslog'),
    writes('smsoptout'),
    writes('sms'),
    writes('rate'),
    reads('number'),
    records('smslogs.pushed'),
    reports('sms.received'),
    reports('sms.optout_suspected'),
    records('sms.optout'),
    records('sms.optin'),
    reports('sms.queued'),
  ],
});

export const searchSmsLogs = endpoint('POST /smslogs/search', {
  id: 'searchSmsLogs',
  summary: 'Search the SMS log',
  description:
    'Starts a job. All filters must match. `POST /smslogs/download` answers the result for 24 hours, newest first. ' +
    'An organization has at most 5 running searches; more are 429. A caller that is limited to its own records finds ' +
    'only its own messages.',
  scope: 'messaging:read',
  whileClosed: true,
  body: NewSearch,
  // Only the dates are required.
  errorNames: { ...errorNames, MISSING_FIELD: smsLogErrors.INVALID_DATE_RANGE },
  answers: { 202: SearchReceipt },
  errors: ['INVALID_DATE_RANGE', 'DATE_RANGE_TOO_LARGE', 'RATE_LIMIT_EXCEEDED'],
  actsOn: { none: 'a filter' },
  effects: [writes('search'), writes('count'), records('smslogs.searched')],
});

export const downloadSmsLogs = endpoint('POST /smslogs/download', {
  id: 'downloadSmsLogs',
  summary: 'Download the result of a search of the SMS log',
  description:
    'JSON is answered page by page, CSV (RFC 4180) as a whole. A CSV file above 4 MB is answered with 303 and a link ' +
    'that is valid for 15 minutes. A JSON page above 4 MB is 413: use a smaller `per_page`. While the search runs, ' +
    'the answer has `Retry-After: 2`.\n\n' +
    'Spreadsheets take a cell that begins with `=`, `+`, `-`, `@`, tab or CR for a formula. In CSV such a cell gets ' +
    'a leading apostrophe, unless it is a plain number.',
  scope: 'messaging:read',
  whileClosed: true,
  body: Download,
  errorNames,
  answers: { 200: DownloadAnswer, 303: raw(['text/plain'], DownloadLink) },
  alsoAnswers: raw(['text/csv']),
  errors: ['INVALID_SEARCH_ID', 'SEARCH_NOT_COMPLETE', 'SEARCH_EXPIRED', 'SEARCH_FAILED'],
  effects: [reads('search'), linksObjects('exports'), records('smslogs.downloaded')],
});

/** The log of SMS: what the platform sent and received, and what clients push. */
export const smsLogs = resource('sms-logs', {
  area: 'messaging',
  format: 'reference',
  owner: 'found',
  errors: { ...smsLogErrors, ...messagingErrors },
  endpoints: [pushSmsLogs, searchSmsLogs, downloadSmsLogs],
  examples,
});

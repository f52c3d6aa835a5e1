import { get, query, type SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';

/** SMS, e-mail, SMS logs, voicemail. */
export const messaging = {
  batch: {
    keeps: 'one accepted PUT /sms or PUT /email with all its recipients; for a single one under its message id',
    table: { partition: 'batch#<org>', sort: '<id>' },
    GSI1: { partition: 'batch#<org>#<kind>#user#<user>', sort: '<id>', when: 'somebody sent it' },
    GSI2: { partition: 'batch#<org>#<kind>#reference#<reference>', sort: '<id>', when: 'it has a reference' },
    writes: 'with the reservation, in the transaction of the request; messages are written from it, idempotently',
    unsharded: '600 recipients a minute at most',
    reads: [
      get(['GET|DELETE /sms/{id}', 'GET /email/{id}', 'sms-send', 'email-send']),
      query('GSI1', ['GET /sms', 'GET /email'], {
        serves: 'own-only, start, end',
        filters: 'the others',
        order: 'newest first',
      }),
      query('GSI2', ['GET /sms', 'GET /email'], {
        serves: 'reference, start, end',
        filters: 'the others',
        order: 'newest first',
      }),
    ],
  },
  sms: {
    keeps: 'an SMS to one recipient',
    table: { partition: 'sms#<org>', sort: '<id>' },
    GSI1: { partition: 'sms#<org>#to#<number>', sort: '<id>' },
    GSI2: { partition: 'sms#<org>#state#<state>', sort: '<id>' },
    writes: 'SMS and log entry in one transaction, per state',
    unsharded: '600 recipients a minute at most; ids are in the order of time',
    reads: [
      query('table', ['GET /sms', 'retention'], { serves: 'start, end', order: 'newest first' }),
      query('GSI1', ['GET /sms'], { serves: 'to, start, end', filters: 'status, from', order: 'newest first' }),
      query('GSI2', ['GET /sms', 'DELETE /numbers/{id}'], {
        serves: 'status, start, end',
        filters: 'from',
        order: 'newest first',
      }),
      get(['GET|DELETE /sms/{id}', 'GET /sms', 'sms-send', 'receipts', 'GET /events/{entity+}']),
    ],
  },
  smslog: {
    keeps: 'an SMS as filed, sent, received or imported',
    table: { partition: 'smslog#<org>#<messageId>', sort: 'entry' },
    GSI1: { partition: 'smslog#<org>[#<shard>]', sort: '<time>' },
    GSI2: { partition: 'smslog#<org>[#<shard>]#from#<label>', sort: '<time>' },
    writes: 'one item per message; follows its state',
    reads: [
      get(['POST /smslogs/push', 'sms-send', 'receipts']),
      query('GSI1', ['jobs', 'retention'], {
        serves: 'start_date, end_date',
        filters: 'direction, from, to, userId, status, content',
        order: 'newest first',
        note: 'the search worker, a day at a time',
      }),
      query('GSI2', ['GET /sms', 'jobs'], {
        serves: 'from, start, end',
        filters: 'direction, to, status',
        order: 'newest first',
      }),
    ],
  },
  smsoptout: {
    keeps: 'the latest wish of a number',
    table: { partition: 'smsoptout#<org>', sort: '<number>' },
    GSI1: { partition: 'smsoptout#<org>', sort: '<time>', when: 'opted out' },
    reads: [
      query('GSI1', ['GET /smsoptouts'], { filters: 'source', order: 'newest first' }),
      get(['PUT /sms', 'sms-send', 'PUT|DELETE /smsoptouts/{number}', 'POST /smslogs/push', 'receipts']),
    ],
  },
  'provider-message': {
    keeps: "the message behind a provider's id, for its receipts",
    table: { partition: 'provider-message#<provider>#<messageId>', sort: 'message' },
    writes: 'with the state `sent`',
    reads: [get(['receipts'])],
  },
  search: {
    keeps: 'a search of SMS logs, 7 days',
    table: { partition: 'search#<org>', sort: '<id>' },
    reads: [get(['POST /smslogs/search', 'POST /smslogs/download', 'jobs'])],
  },
  email: {
    keeps: 'an e-mail to one `to`',
    table: { partition: 'email#<org>', sort: '<id>' },
    GSI1: { partition: 'email#<org>#to#<email>', sort: '<id>' },
    GSI2: { partition: 'email#<org>#state#<state>', sort: '<id>' },
    unsharded: '300 recipients a minute at most; ids are in the order of time',
    reads: [
      query('table', ['GET /email'], { serves: 'start, end', filters: 'template', order: 'newest first' }),
      query('GSI1', ['GET /email'], { serves: 'to, start, end', filters: 'status, template', order: 'newest first' }),
      query('GSI2', ['GET /email'], { serves: 'status, start, end', filters: 'template', order: 'newest first' }),
      get(['GET /email/{id}', 'GET /email', 'email-send', 'receipts', 'GET|PUT /events/{entity+}']),
    ],
  },
  'email-suppression': {
    keeps: 'an address that is, or by its bounces soon will be, suppressed',
    table: { partition: 'email-suppression#<org>', sort: '<email>' },
    GSI1: { partition: 'email-suppression#<org>', sort: '<time>', when: 'suppressed' },
    reads: [
      query('GSI1', ['GET /emailsuppressions'], { filters: 'reason', order: 'newest first' }),
      get(['PUT /email', 'email-send', 'receipts', 'DELETE /emailsuppressions/{address}']),
    ],
  },
  emailtemplate: {
    keeps: 'an e-mail template; those of the platform lie under organization 0',
    table: { partition: 'emailtemplate#<org>', sort: '<id>' },
    reads: [
      query('table', ['GET /emailtemplates'], { filters: 'q', order: 'newest first', note: '500 at most' }),
      get(['GET|PUT|DELETE /emailtemplates/{id}', 'PUT /email']),
    ],
  },
  'emailtemplate-version': {
    keeps: 'a version of an e-mail template, for messages that were queued with it',
    table: { partition: 'emailtemplate-version#<org>#<id>', sort: '<version>' },
    writes: 'with each version, in the transaction of the template',
    reads: [get(['email-send'])],
  },
  'emailtemplate-name': {
    keeps: 'the template behind a name',
    table: { partition: 'emailtemplate-name#<org>', sort: '<name>' },
    reads: [get(['GET|PUT|DELETE /emailtemplates/{id}', 'PUT /email', 'PUT /bespoke/notifier'])],
  },
  mailbox: {
    keeps: 'the counts of a mailbox: new, read, saved, urgent',
    table: { partition: 'mailbox#<org>', sort: '<mailbox>' },
    writes: 'in each transaction that changes a message',
    reads: [get(['GET /voicemail', 'PUT /voicemail/{mailbox}', 'POST|DELETE /voicemail/{id}', 'uploads', 'sidecar'])],
  },
  'mailbox-user': {
    keeps: 'the mailbox of a user',
    table: { partition: 'mailbox-user#<org>', sort: '<user>' },
    reads: [
      get([
        'GET /voicemail',
        'GET|POST|DELETE /voicemail/{id}',
        'GET|PUT /voicemailprefs/{mailbox}',
        'DELETE /users/{id}',
        'sidecar',
      ]),
    ],
  },
  voicemail: {
    keeps: 'a voicemail message',
    table: { partition: 'voicemail#<org>', sort: '<id>' },
    GSI1: { partition: 'voicemail#<org>#<mailbox>', sort: '<time>#<id>' },
    writes: 'message and mailbox counts, in one transaction',
    unsharded: 'deposits of people who speak',
    reads: [
      query('GSI1', ['GET /voicemail', 'jobs'], {
        serves: 'mailbox, from, to',
        filters: 'status, caller',
        order: 'newest first',
        note: '1,000 at most',
      }),
      query('table', ['retention'], { order: 'oldest first' }),
      get(['GET|POST|DELETE /voicemail/{id}', 'uploads', 'GET /events/{entity+}']),
    ],
  },
  audio: {
    keeps: 'how many messages share the bytes of a recording',
    table: { partition: 'audio#<org>', sort: '<id>' },
    writes: 'in the transactions that deposit, forward and delete',
    reads: [get(['POST|DELETE /voicemail/{id}', 'jobs', 'retention'])],
  },
  voicemailprefs: {
    keeps: 'the preferences of a mailbox',
    table: { partition: 'voicemailprefs#<org>', sort: '<mailbox>' },
    reads: [
      get([
        'GET|PUT /voicemailprefs/{mailbox}',
        'GET /voicemail',
        'PUT /voicemail/{mailbox}',
        'POST /voicemail/{id}',
        'uploads',
        'PUT|POST /numbers/{id}',
        'sidecar',
      ]),
    ],
  },
  voicemaildrop: {
    keeps: 'a recording to leave on voicemail',
    table: { partition: 'voicemaildrop#<org>', sort: '<id>' },
    reads: [
      query('table', ['GET /voicemaildrop'], { filters: 'q, own-only', order: 'newest first', note: '500 at most' }),
      get(['GET|PUT|DELETE /voicemaildrop/{id}', 'uploads']),
    ],
  },
  'voicemaildrop-name': {
    keeps: 'that the name of a drop is taken',
    table: { partition: 'voicemaildrop-name#<org>', sort: '<name>' },
    reads: [get(['PUT|DELETE /voicemaildrop/{id}'])],
  },
} as const satisfies SomeLayouts;

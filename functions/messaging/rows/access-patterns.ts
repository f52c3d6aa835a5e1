import { get, query, type SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';

/** SMS, e-mail, SMS logs, voicemail. */
export const messaging = {
  batch: {
    keeps: 'an accepted PUT /sms or PUT /email with all its recipients; ids of its messages name it',
    table: { partition: 'batch#<org>', sort: '<id>' },
    GSI1: { partition: 'batch#<org>#<kind>#user#<user>', sort: '<id>', when: 'a user sent it' },
    GSI2: { partition: 'batch#<org>#<kind>#reference#<reference>', sort: '<id>', when: 'it has a reference' },
    writes: 'with the reservation, in one transaction; messages are derived from it, idempotently',
    unsharded: 'at most 600 recipients a minute',
    reads: [
      get(['GET|DELETE /sms/{id}', 'GET /email/{id}', 'sms-send', 'email-send']),
      query('table', ['retention'], { serves: 'age', order: 'oldest first' }),
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
    writes: 'with its log entry, in one transaction per state',
    unsharded: 'at most 600 recipients a minute; ids are ordered by time',
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
    keeps: 'a filed SMS: sent, received or imported',
    table: { partition: 'smslog#<org>#<messageId>', sort: 'entry' },
    GSI1: { partition: 'smslog#<org>', sort: '<time>' },
    GSI2: { partition: 'smslog#<org>#from#<label>', sort: '<time>' },
    writes: 'one item per message, which follows its state',
    unsharded: 'at most 600 recipients a minute; an import that is faster than an index is answered 503',
    reads: [
      get(['POST /smslogs/push', 'sms-send', 'receipts']),
      query('GSI1', ['jobs', 'retention'], {
        serves: 'start_date, end_date',
        filters: 'direction, from, to, userId, status, content',
        order: 'newest first',
        note: 'the search worker, one day at a time',
      }),
      query('GSI2', ['GET /sms', 'jobs'], {
        serves: 'from, start, end',
        filters: 'direction, to, status',
        order: 'newest first',
      }),
    ],
  },
  smsoptout: {
    keeps: 'the latest opt-in or opt-out of a number',
    table: { partition: 'smsoptout#<org>', sort: '<number>' },
    GSI1: { partition: 'smsoptout#<org>', sort: '<time>', when: 'opted out' },
    reads: [
      query('GSI1', ['GET /smsoptouts'], { filters: 'source', order: 'newest first' }),
      get(['PUT /sms', 'sms-send', 'PUT|DELETE /smsoptouts/{number}', 'POST /smslogs/push', 'receipts']),
    ],
  },
  'provider-message': {
    keeps: "the message of a provider's id, for its receipts",
    table: { partition: 'provider-message#<provider>#<messageId>', sort: 'message' },
    writes: 'with the state `sent`',
    reads: [get(['receipts'])],
  },
  search: {
    keeps: 'a search of SMS logs, for 7 days',
    table: { partition: 'search#<org>', sort: '<id>' },
    reads: [get(['POST /smslogs/search', 'POST /smslogs/download', 'jobs'])],
  },
  email: {
    keeps: 'an e-mail to one recipient',
    table: { partition: 'email#<org>', sort: '<id>' },
    GSI1: { partition: 'email#<org>#to#<email>', sort: '<id>' },
    GSI2: { partition: 'email#<org>#state#<state>', sort: '<id>' },
    unsharded: 'at most 300 recipients a minute; ids are ordered by time',
    reads: [
      query('table', ['GET /email'], { serves: 'start, end', filters: 'template', order: 'newest first' }),
      query('GSI1', ['GET /email'], { serves: 'to, start, end', filters: 'status, template', order: 'newest first' }),
      query('GSI2', ['GET /email'], { serves: 'status, start, end', filters: 'template', order: 'newest first' }),
      get(
        ['GET /email/{id}', 'GET /email', 'email-send', 'uploads', 'GET|PUT /events/{entity+}'],
        'reports of the provider too',
      ),
    ],
  },
  'email-batch': {
    keeps: 'an accepted PUT /email: the ids of its e-mails; one for a single recipient has the id of the e-mail',
    table: { partition: 'email-batch#<org>', sort: '<id>' },
    GSI1: { partition: 'email-batch#<org>#user#<user>', sort: '<time>#<id>' },
    GSI2: {
      partition: 'email-batch#<org>#reference#<reference>',
      sort: '<time>#<id>',
      when: 'it has a reference',
    },
    writes: 'with its e-mails, in one transaction',
    unsharded: 'at most 300 recipients a minute',
    reads: [
      get(['GET /email/{id}', 'email-send']),
      query('GSI1', ['GET /email'], { serves: 'own-only, start, end', filters: 'the others', order: 'newest first' }),
      query('GSI2', ['GET /email'], { serves: 'reference, start, end', filters: 'the others', order: 'newest first' }),
    ],
  },
  noticeaddress: {
    keeps: 'an address that was asked whether it wants notices; until it confirms, for 90 days',
    table: { partition: 'noticeaddress#<org>', sort: '<email>' },
    reads: [
      get([
        'PUT|POST /dialplan/policy',
        'POST /dialplan/policy/restore',
        'PUT /email',
        'PUT /voicemailprefs/{mailbox}',
        'email-send',
        'GET /email/confirm',
      ]),
    ],
  },
  noticetoken: {
    keeps: 'the address that the link of an e-mail confirms',
    table: { partition: 'noticetoken#<hash>', sort: 'token' },
    reads: [get(['GET /email/confirm'])],
  },
  'email-suppression': {
    keeps: 'a suppressed address, or one with bounces that count towards it',
    table: { partition: 'email-suppression#<org>', sort: '<email>' },
    GSI1: { partition: 'email-suppression#<org>', sort: '<time>', when: 'suppressed' },
    reads: [
      query('GSI1', ['GET /emailsuppressions'], { filters: 'reason', order: 'newest first' }),
      get(['PUT /email', 'email-send', 'DELETE /emailsuppressions/{address}']),
    ],
  },
  emailtemplate: {
    keeps: 'an e-mail template without its parts; those of the platform are values of the code',
    table: { partition: 'emailtemplate#<org>', sort: '<id>' },
    reads: [
      query('table', ['GET /emailtemplates'], { filters: 'q', order: 'newest first', note: 'at most 500' }),
      get(['GET|PUT|DELETE /emailtemplates/{id}', 'PUT /email']),
    ],
  },
  'emailtemplate-version': {
    keeps: 'the parts of a version of an e-mail template; a replaced one for 90 days',
    table: { partition: 'emailtemplate-version#<org>#<id>', sort: '<version>' },
    writes: 'with each version of the template, in one transaction',
    reads: [get(['GET|PUT|DELETE /emailtemplates/{id}', 'PUT /email', 'email-send'])],
  },
  'emailtemplate-name': {
    keeps: 'the template of a name',
    table: { partition: 'emailtemplate-name#<org>', sort: '<name>' },
    reads: [get(['GET|PUT|DELETE /emailtemplates/{id}', 'PUT /email', 'PUT /bespoke/notifier'])],
  },
  mailbox: {
    keeps: 'the counts of a mailbox: new, read, saved, urgent',
    table: { partition: 'mailbox#<org>', sort: '<mailbox>' },
    writes: 'with each change of a message, in one transaction',
    reads: [get(['GET /voicemail', 'PUT /voicemail/{mailbox}', 'POST|DELETE /voicemail/{id}', 'uploads', 'sidecar'])],
  },
  'mailbox-pin': {
    keeps: 'the PIN of a mailbox, hashed',
    table: { partition: 'mailbox-pin#<org>', sort: '<mailbox>' },
    reads: [get(['sidecar'])],
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
    writes: 'with the counts of the mailbox, in one transaction',
    unsharded: 'people record messages one at a time',
    reads: [
      query('GSI1', ['uploads'], { serves: 'mailbox', order: 'oldest first', note: '100 at a time' }),
      query('GSI1', ['GET /voicemail', 'jobs'], {
        serves: 'mailbox, from, to',
        filters: 'status, caller',
        order: 'newest first',
        note: 'at most 1,000',
      }),
      get(['GET|POST|DELETE /voicemail/{id}', 'uploads', 'GET /events/{entity+}']),
    ],
  },
  audio: {
    keeps: 'the number of messages that share a recording',
    table: { partition: 'audio#<org>', sort: '<id>' },
    writes: 'with each deposit, forward and deletion, in one transaction',
    reads: [get(['POST|DELETE /voicemail/{id}', 'jobs', 'retention'])],
  },
  voicemailprefs: {
    keeps: 'the preferences of a mailbox',
    table: { partition: 'voicemailprefs#<org>', sort: '<mailbox>' },
    reads: [
      get([
        'GET|PUT /voicemailprefs/{mailbox}',
        'GET /voicemail',
        'GET|PUT|POST|DELETE /voicemail/{id}',
        'uploads',
        'DELETE /users/{id}',
        'PUT|POST /numbers/{id}',
        'sidecar',
      ]),
    ],
  },
  voicemaildrop: {
    keeps: 'a recording to leave on voicemail',
    table: { partition: 'voicemaildrop#<org>', sort: '<id>' },
    reads: [
      query('table', ['GET /voicemaildrop'], { filters: 'q, own-only', order: 'newest first', note: 'at most 500' }),
      get(['GET|PUT|DELETE /voicemaildrop/{id}', 'uploads']),
    ],
  },
  'voicemaildrop-name': {
    keeps: 'the name of a drop',
    table: { partition: 'voicemaildrop-name#<org>', sort: '<name>' },
    reads: [get(['PUT|DELETE /voicemaildrop/{id}'])],
  },
} as const satisfies SomeLayouts;

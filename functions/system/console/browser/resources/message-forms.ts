import { field } from '../kit/arranged-field.ts';
import type { Arrangement } from '../kit/arrangement.ts';
import { t } from '../texts/texts.ts';

/** Forms of what is written to people. */

export const smsForm: Arrangement = {
  groups: [
    {
      fields: [
        field('to', t('To'), t('Numbers with country code, such as +49 30 123456.')),
        field('from', t('From'), t('One of your numbers that can send SMS, or a sender name of yours.')),
        field('message', t('Text')),
        field('schedule', t('Send at'), { help: t('Empty: now.'), control: 'moment' }),
      ],
    },
  ],
  advanced: [
    field('category', t('Kind'), { choices: { transactional: t('to one customer'), marketing: t('advertising') } }),
    field('validity_minutes', t('Given up after (minutes)')),
    field('reference', t('Reference')),
    field('userId', t('Sent by')),
    field('callback_url', t('Address that learns its state')),
  ],
};

export const optOutForm: Arrangement = {
  groups: [
    {
      fields: [
        field('number', t('Number'), { help: t('Gets no SMS of yours any more.'), control: 'phone number' }),
        field('reason', t('Reason')),
      ],
    },
  ],
};

export const emailForm: Arrangement = {
  groups: [
    {
      fields: [
        field('to', t('To'), t('E-mail addresses. Each gets an e-mail of their own.')),
        field('template', t('Template'), { to: 'template' }),
        field('subject', t('Subject'), t('Empty: that of the template.')),
      ],
    },
    {
      title: t('Sender'),
      fields: [
        field('from', t('From'), t('Empty: the usual sender of your organization.')),
        field('from_name', t('Name of the sender')),
        field('reply_to', t('Replies to')),
      ],
    },
  ],
  advanced: [
    field('cc', t('Copy to')),
    field('bcc', t('Blind copy to')),
    field('attachments', t('Attachments'), { fields: [field('file_id', t('File'), { to: 'attachment' })] }),
    field('priority', t('Priority'), { choices: { low: t('low'), normal: t('normal'), high: t('high') } }),
    field('track_opens', t('Count how often it is opened')),
    field('track_clicks', t('Count how often its links are followed')),
    field('reference', t('Reference')),
  ],
};

export const templateForm: Arrangement = {
  groups: [
    {
      fields: [
        field('name', t('Name'), t('Small letters, digits, _ and -.')),
        field('description', t('Used for')),
        field('subject', t('Subject'), t('May have values, in two braces.')),
        field('html', t('Text of the e-mail (HTML)'), { control: 'lines' }),
        field('text', t('Text for programs without HTML'), t('Empty: made from the HTML.')),
      ],
    },
    {
      title: t('Values in the text'),
      fields: [
        field('variables', t('Values'), {
          fields: [field('name', t('Name')), field('required', t('Must be given'))],
        }),
      ],
    },
    { title: t('Sender'), fields: [field('from', t('From')), field('from_name', t('Name of the sender'))] },
  ],
};

export const dropForm: Arrangement = {
  groups: [
    {
      fields: [
        'name',
        'description',
        field('user_id', t('Only for'), t('Empty: for everybody.')),
        field('file_id', t('Sound'), { to: 'drop' }),
      ],
    },
  ],
  advanced: [
    field('content_type', t('Format'), {
      choices: { 'audio/wav': 'WAV', 'audio/mpeg': 'MP3', 'audio/ogg': 'Ogg' },
    }),
    field('size', t('Size in bytes')),
    field('duration_seconds', t('Length')),
  ],
};

export const mailboxForm: Arrangement = {
  groups: [
    {
      fields: [
        field('mailbox', t('Mailbox'), t('Normally an extension.')),
        field('user_id', t('Owner'), t('Empty: the user with this extension.')),
        field('enabled', t('Callers may leave messages')),
        field('pin', t('PIN'), t('For the phone. Empty: it stays as it is.')),
      ],
    },
    {
      title: t('Notices'),
      fields: [
        field('notify_email', t('E-mail to')),
        field('attach_audio', t('With the message')),
        field('delete_after_email', t('Delete it after that')),
        field('notify_sms', t('SMS to'), { control: 'phone number' }),
      ],
    },
    {
      title: t('Messages'),
      fields: [
        field('max_messages', t('Messages at most')),
        field('max_duration_seconds', t('Longest message')),
        field('retention_days', t('Kept for (days)'), t('Empty: for ever.')),
      ],
    },
  ],
  advanced: [
    field('greeting_type', t('Greeting'), {
      choices: { default: t('of the platform'), name: t('with the name'), custom: t('an own one') },
    }),
    field('greeting_file_id', t('Own greeting'), { to: 'greeting' }),
    field('busy_greeting_file_id', t('Greeting while in a call'), { to: 'greeting' }),
    field('name_file_id', t('Spoken name'), { to: 'greeting' }),
    field('language', t('Language')),
    'timezone',
    field('pin_from_own_phone', t('Ask for the PIN on the own phone, too')),
    field('callback_from_outside', t('May call back from outside')),
  ],
};

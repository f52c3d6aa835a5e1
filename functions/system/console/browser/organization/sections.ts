import type { Arranged, Arrangement } from '../kit/arrangement.ts';
import { field } from '../kit/arranged-field.ts';
import { weekdayWords } from '../kit/weekday-words.ts';
import { companyAddress } from '../resources/settings-forms.ts';
import { t } from '../texts/texts.ts';

/** The settings of an organization, section by section: each is saved alone. */

export type SettingsSection = {
  readonly key: string;
  readonly title: string;
  /** One sentence: what is set here. */
  readonly text: string;
  /** Where its fields are in the body. */
  readonly at: readonly string[];
  readonly form: Arrangement;
  /** Names of the fields that only the seller of the organization sets. */
  readonly bySeller?: readonly string[];
};

const short = (...fields: readonly Arranged[]): Arrangement => ({ isShort: true, groups: [{ fields }] });

const countries = t('Two letters each, such as DE. Empty: all.');

export const settingsSections: readonly SettingsSection[] = [
  {
    key: 'company',
    title: t('Company'),
    text: t('Who you are, and whose clock counts.'),
    at: [],
    form: short(
      'name',
      field('country', t('Country'), t('How numbers without country code are read.')),
      field('timezone', t('Time zone'), t('Of opening hours, days of reports and all times on these pages.')),
      companyAddress,
      field('contacts', t('Contacts'), {
        fields: [
          field('admin_user_id', t('For questions of administration'), { to: 'user' }),
          field('tech_user_id', t('For technical questions'), { to: 'user' }),
          field('finance_user_id', t('For questions of billing'), { to: 'user' }),
        ],
      }),
    ),
  },
  {
    key: 'calls',
    title: t('Calls'),
    text: t('What callers see and hear.'),
    at: ['settings'],
    form: {
      groups: [
        {
          fields: [
            field('forward_caller_id', t('Number that is shown for forwarded calls'), {
              choices: {
                forwarder: t('of the user who forwards'),
                original: t('of the caller, where carriers allow it'),
              },
            }),
            field('music_on_hold', t('Music on hold'), { help: t('Empty: that of the platform.'), to: 'sound' }),
            field('operator', t('Operator'), t('Extension or number that callers of a mailbox reach by 0.')),
            field('park', t('Parked calls'), {
              fields: [
                field('first', t('First slot')),
                field('last', t('Last slot')),
                field('return_seconds', t('Comes back after')),
              ],
            }),
            field('sip_trace', t('Record how calls are set up'), {
              help: t('Shown on the page of a call for three days.'),
              choices: { off: t('never'), failed: t('of calls that fail'), all: t('of all calls') },
            }),
          ],
        },
      ],
      advanced: [field('feature_codes', t('Codes of phones')), field('prompts', t('Own prompts'))],
    },
  },
  {
    key: 'numbers',
    title: t('Numbers'),
    text: t('How your phone systems write the numbers that they call.'),
    at: ['settings', 'numbers'],
    form: short(
      field('country', t('Country whose national numbers are dialed'), t('Empty: that of the company.')),
      field(
        'international_prefixes',
        t('Prefixes of international numbers'),
        t('Empty: those of the country, and 00.'),
      ),
      field('national_prefix', t('Prefix of national numbers'), t('Empty: that of the country.')),
      field('strip', t('Access codes that are removed')),
      field('e164_without_plus', t('International numbers come without plus')),
    ),
  },
  {
    key: 'recording',
    title: t('Recording notice'),
    text: t('What both sides hear when a recording begins. It is never less than what the country demands.'),
    at: ['settings'],
    form: short(
      field('recording_notice', t('Notice'), {
        help: t('Empty: just what the country demands.'),
        choices: { none: t('nothing'), beep: t('a beep'), announcement: t('an announcement') },
      }),
    ),
  },
  {
    key: 'sms',
    title: t('SMS'),
    text: t('Who sends to where, and the words by which people opt out.'),
    at: ['settings', 'sms'],
    form: short(
      field('enabled', t('SMS may be sent')),
      field('sender_ids', t('Sender names')),
      field('countries', t('Countries that may be written to'), countries),
      field('flow_countries', t('Countries that call flows may write to'), t('Two letters each. Empty: your own.')),
      field('daily_limit', t('Recipients a day at most')),
      field('window', t('Advertising is sent'), {
        fields: [
          field('start', t('From'), t('Such as 09:00.')),
          field('end', t('Until'), t('Such as 20:00.')),
          'timezone',
          field('days', t('Days'), { choices: weekdayWords }),
        ],
      }),
      field('stop_words', t('Further words that opt out'), t('Besides STOP, such as those of other languages.')),
      field('stop_text', t('Answer to STOP'), { control: 'lines' }),
      field('help_text', t('Answer to HELP'), { control: 'lines' }),
    ),
    bySeller: ['sender_ids'],
  },
  {
    key: 'email',
    title: t('E-mail'),
    text: t('Who e-mails come from.'),
    at: ['settings', 'email'],
    form: short(
      field('enabled', t('E-mail may be sent')),
      field('default_from', t('Usual sender'), t('In a domain of yours that is proven for e-mail.')),
      field('default_from_name', t('Name of the sender')),
      field('notice_limit', t('Recipients of notices a day')),
      field('platform_templates', t('Templates of the platform'), {
        choices: {
          balance_low: t('Balance low'),
          voicemail_notification: t('New voicemail'),
          welcome_email: t('Welcome'),
        },
      }),
    ),
    bySeller: ['notice_limit', 'platform_templates'],
  },
  {
    key: 'security',
    title: t('Security'),
    text: t('How people sign in, and from where.'),
    at: ['security'],
    form: short(
      field('require_2fa', t('A second factor is needed')),
      field('password_rotation_days', t('Passwords end after (days)'), t('0: never.')),
      field('session_ttl_max', t('Longest session (h:mm:ss)'), { control: 'duration' }),
      field('ip_whitelist', t('Only from these networks'), t('Such as 203.0.113.0/24. Empty: from anywhere.')),
    ),
  },
  {
    key: 'retention',
    title: t('Retention'),
    text: t('How long the history is kept.'),
    at: ['retention'],
    form: short(field('cdr_days', t('Call history (days)')), field('log_days', t('Call logs (days)'))),
  },
];

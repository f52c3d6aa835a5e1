import { field } from '../kit/arranged-field.ts';
import type { Arrangement } from '../kit/arrangement.ts';
import { weekdayWords } from '../kit/weekday-words.ts';
import { t } from '../texts/texts.ts';

/** The parts of a dial plan as a person fills them in. */

const conditions = [
  field('pattern', t('Called number'), t('A pattern, such as ^00 for what begins with 00. Empty: every number.')),
  field('user_groups', t('Groups of the caller'), t('The caller is in one of them. Empty: everybody.')),
  field('time_of_day', t('Hours'), {
    help: t('Empty: at any time.'),
    fields: [
      field('start', t('From'), t('Such as 18:00.')),
      field('end', t('Until'), t('Such as 08:00.')),
      field('days', t('Days'), { choices: weekdayWords }),
      field('timezone', t('Time zone'), t('Empty: that of the organization.')),
    ],
  }),
  field('caller_id_required', t('The caller shows a number')),
  field('verstat', t('Verification of the caller'), {
    help: t('Of calls from outside that are sent on. Empty: any.'),
    choices: {
      'TN-Validation-Passed': t('number is genuine'),
      'TN-Validation-Failed': t('number is not genuine'),
      'No-TN-Validation': t('not verified'),
    },
  }),
  field('attestation', t('What the carrier says of the caller'), {
    help: t('Empty: anything.'),
    choices: {
      A: t('A: may use the number'),
      B: t('B: a known customer'),
      C: t('C: neither'),
    },
  }),
];

const actions = [
  field('allow', t('Permit the call')),
  field('gateway', t('Gateway'), { help: t('Empty: the template of the dial plan decides.'), to: 'gateway' }),
  field('failover_gateways', t('Gateways to try after it')),
  field('max_duration', t('Longest call (m:ss)'), { control: 'duration' }),
  field('rate_limit', t('Calls a minute at most')),
  field('record', t('Record the call')),
  field('notify', t('Send an e-mail to'), t('At most one e-mail a minute.')),
];

/** A policy. */
export const policyForm: Arrangement = {
  groups: [
    {
      fields: [
        field('name', t('Name')),
        field('status', t('State'), {
          choices: { active: t('active'), inactive: t('off'), draft: t('draft') },
        }),
        field('priority', t('Order'), t('The policy with the lowest number decides first.')),
        field('description', t('Description')),
      ],
    },
    { fields: [field('conditions', t('Which calls'), { fields: conditions })] },
    { fields: [field('actions', t('What happens to them'), { fields: actions })] },
  ],
};

/** The template: what decides if no policy does. */
export const templateForm: Arrangement = {
  groups: [
    {
      fields: [
        field('name', t('Name')),
        field('rules', t('Rules'), {
          help: t('They decide the calls that no policy decides. The lowest turn decides first.'),
          fields: [
            field('pattern', t('Called number'), t('A pattern, such as ^00 for what begins with 00.')),
            field('action', t('Then'), {
              choices: {
                bridge: t('call the destination'),
                transfer: t('go on at the destination'),
                answer: t('answer'),
                playback: t('play the destination'),
                voicemail: t('take a message'),
                hangup: t('end the call'),
                set: t('set a value'),
              },
            }),
            field('destination', t('Destination')),
            field('priority', t('Order')),
          ],
        }),
      ],
    },
  ],
  hidden: ['variables', 'policies'],
};

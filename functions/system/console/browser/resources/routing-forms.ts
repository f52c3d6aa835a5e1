import { textOf } from '../kit/shown.ts';
import type { ArrangedField, Arrangement } from '../kit/arrangement.ts';
import { t } from '../texts/texts.ts';

/** Forms of what routes calls: ring groups and blocked callers. */

const field = (name: string, label: string, help = ''): ArrangedField => ({ name, label, help });

/** Whom a row of a group rings: one of these. */
const parties = ['user', 'device', 'ring_group', 'number'] as const;

/** In which order the members of a group ring. */
export const strategyWords: Readonly<Record<string, string>> = {
  all: t('all at once'),
  in_order: t('one after the other'),
  random: t('in random order'),
  longest_idle: t('who has been idle longest first'),
};

export const ringGroupForm: Arrangement = {
  groups: [
    { fields: [field('name', t('Name')), field('extension', t('Extension'))] },
    {
      title: t('Who rings'),
      fields: [
        {
          ...field('members', t('Members')),
          fields: [
            { ...field('user', t('Person')), to: 'user' },
            { ...field('device', t('Phone')), to: 'device' },
            { ...field('ring_group', t('Ring group')), to: 'ring_group' },
            { ...field('number', t('Outside number')), control: 'phone number' },
            field('priority', t('Turn'), t('Those with 1 ring first, then those with 2.')),
            field('delay_seconds', t('Rings later by')),
          ],
          // A member is one of them: the others go with the first that is filled in.
          isShown: (name, row) => {
            const chosen = parties.find((party) => textOf(row[party]) !== '');
            return chosen === undefined || name === chosen || !parties.some((party) => party === name);
          },
        },
        { ...field('strategy', t('In which order')), choices: strategyWords },
        field('ring_seconds', t('Ring for')),
        field('skip_busy', t('Leave out phones that are in a call')),
      ],
    },
    { title: t('If no one answers'), fields: [field('no_answer', t('The call goes to'))] },
  ],
  advanced: [
    field('caller_name_prefix', t('Text before the name of the caller'), t('Phones show it, such as “Sales:”.')),
  ],
};

/** What a blocked caller gets. */
export const blockWords: Readonly<Record<string, string>> = {
  reject: t('The call is declined'),
  busy: t('A busy tone'),
};

export const blockedCallerForm: Arrangement = {
  groups: [
    {
      fields: [
        field('name', t('Name'), t('Why it is blocked, or whose number it is.')),
        field('caller', t('Caller'), t('A number, the beginning of numbers with … after it, or “anonymous”.')),
        { ...field('action', t('What the caller gets')), choices: blockWords },
      ],
    },
  ],
};

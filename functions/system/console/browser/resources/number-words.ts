import type { Arrangement } from '../kit/arrangement.ts';
import { t } from '../texts/texts.ts';

/** Words for what the API says of numbers. */

/** Kinds of numbers. */
export const typeWords: Readonly<Record<string, string>> = {
  geographic: t('local'),
  mobile: t('mobile'),
  toll_free: t('toll-free'),
  national: t('national'),
  shared_cost: t('shared cost'),
  premium: t('premium rate'),
};

const stateWords: Readonly<Record<string, string>> = {
  available: t('available'),
  active: t('in use'),
};

export const typeWord = (type: string): string => typeWords[type] ?? type;

const capabilityWords: Readonly<Record<string, string>> = {
  voice: t('calls'),
  sms: t('SMS'),
  mms: t('MMS'),
  fax: t('fax'),
};

/** What a number can do: `calls, SMS`. */
export const capabilityText = (capabilities: readonly string[]): string =>
  capabilities.map((each) => capabilityWords[each] ?? each).join(', ');

/** Of a number that is held, that is taken, and that a seller adds. */
export const numberForm: Arrangement = {
  groups: [
    {
      fields: [
        { name: 'id', label: t('Number'), help: t('With + and the country code.'), control: 'phone number' },
        { name: 'label', label: t('Label'), help: t('What you call it, such as Reception.') },
        { name: 'route', label: t('Calls go to'), help: '' },
        { name: 'record', label: t('Record the calls'), help: '' },
      ],
    },
    {
      title: t('In the inventory'),
      fields: [
        { name: 'country', label: t('Country'), help: '' },
        { name: 'type', label: t('Kind'), help: '', choices: typeWords },
        { name: 'state', label: t('State'), help: '', choices: stateWords },
        { name: 'monthly_fee', label: t('Fee per month'), help: '', control: 'money' },
      ],
    },
  ],
  advanced: [
    { name: 'capabilities', label: t('Used for'), help: '' },
    {
      name: 'max_channels',
      label: t('Calls at the same time'),
      help: t('Empty: as many as the organization may have.'),
    },
  ],
};

/** How many calls a number has at a time. */
export const channelsForm: Arrangement = {
  groups: [
    {
      fields: [
        { name: 'max_channels', label: t('Calls at a time') },
        { name: 'max_inbound', label: t('Of them from outside') },
        { name: 'max_outbound', label: t('Of them to the outside') },
      ],
    },
  ],
};

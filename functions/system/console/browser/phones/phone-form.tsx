import { useMutation, useQueryClient } from '@tanstack/react-query';
import { isObject } from '../../json-value.ts';
import { t } from '../texts/texts.ts';
import type { Arrangement } from '../kit/arrangement.ts';
import { request, type ApiRequest } from '../kit/api.ts';
import { ApiForm } from '../kit/form.tsx';
import { fieldsOf, type FormField, type FormValues } from '../kit/form-fields.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { showToast } from '../kit/toasts.tsx';
import { itemQuery } from '../resources/item-query.ts';
import { models, settingsFor } from './models.ts';
import { pathOfPhone, type Phone } from './phone-names.ts';

const lineTypes = {
  primary: t('Line of its own'),
  shared: t('Line shared with other phones'),
  blf: t('Key that shows whether someone talks'),
};

const arrangementFor = (maker: string | null): Arrangement => ({
  groups: [
    {
      title: t('Phone'),
      fields: [
        'name',
        { name: 'user_id', label: t('User'), to: 'user' },
        { name: 'model', label: t('Model'), offers: models },
      ],
    },
    {
      fields: [
        {
          name: 'lines',
          label: t('Lines and keys'),
          help: t('Each line rings for a person. A key shows whether a colleague talks, and calls or picks up.'),
          fields: [
            { name: 'extension', label: t('Person or extension'), to: 'extension' },
            { name: 'label', label: t('Text beside the key') },
            { name: 'type', label: t('Kind'), choices: lineTypes },
          ],
        },
        {
          name: 'settings',
          label: t('Settings of the phone'),
          help: t('Of the phone itself, such as its time zone. A file of your own may use any name.'),
          offers: settingsFor(maker),
        },
      ],
    },
  ],
  advanced: [
    { name: 'manufacturer', label: t('Maker') },
    { name: 'template_id', label: t('Own file for the phone') },
  ],
  hidden: ['mac_address', 'rotate_credentials', 'rotate_secret', 'calls_without_registration', 'organization_id'],
});

/** Settings are names with values. What they may be is said by the files of the phone, and not by the document. */
function withSettings(field: FormField): FormField {
  if (field.name !== 'settings') return field;
  const { name, label, help, isRequired, isNullable } = field;
  const common = { help: '', isRequired: true, isNullable: false, example: undefined };
  const value: FormField = {
    ...common,
    name: 'value',
    label: t('Value'),
    kind: 'text',
    maxLength: 512,
    isSecret: false,
  };
  return { name, label, help, isRequired, isNullable, example: undefined, kind: 'pairs', keys: [], value };
}

/** Yes and no are words in the settings of a phone. */
const settingsText = (settings: unknown): object =>
  isObject(settings)
    ? Object.fromEntries(
        Object.entries(settings).map(([name, value]) => [name, typeof value === 'boolean' ? String(value) : value]),
      )
    : {};

/** As the form edits it: lines without what only the platform says of them. */
const editedOf = ({ lines = [], settings, ...phone }: Phone): FormValues => ({
  ...phone,
  lines: lines.map(({ line_number, extension, label, type }) => ({ line_number, extension, label, type })),
  settings: settingsText(settings),
});

type FormProps = { readonly phone: Phone; readonly reading: ApiRequest };

/** Whose phone it is, its lines, and its settings. */
export function PhoneForm({ phone, reading }: FormProps) {
  const session = useSession();
  const queries = useQueryClient();
  const operations = useOperations('telephony');
  const { body, example, scopes } = operationOf(operations, 'POST /devices/{id}');
  const change = useMutation({
    mutationFn: (next: { readonly body: object; readonly version: number | undefined }) =>
      request({ method: 'POST', path: pathOfPhone(phone.id), ...next }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['item', reading.path] });
      await queries.invalidateQueries({ queryKey: ['list'] });
      showToast({ message: t('Saved. The phone has it after its next start.') });
    },
  });
  return (
    <ApiForm
      fields={fieldsOf(body ?? {}, operations, example).map(withSettings)}
      before={editedOf(phone)}
      error={change.error}
      isSending={change.isPending}
      isReadOnly={!isAllowed(session, scopes)}
      submit={t('Save')}
      arrangement={arrangementFor(phone.manufacturer)}
      read={async () => editedOf((await itemQuery(reading).queryFn()) as Phone)}
      onSubmit={(next, version) => change.mutate({ body: next, version })}
    />
  );
}

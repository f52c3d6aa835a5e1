import { useMutation, useQueryClient } from '@tanstack/react-query';
import { t } from '../texts/texts.ts';
import type { Arrangement } from '../kit/arrangement.ts';
import { request } from '../kit/api.ts';
import { ApiForm } from '../kit/form.tsx';
import { fieldsOf } from '../kit/form-fields.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { showToast } from '../kit/toasts.tsx';
import { answered } from '../resources/answers.ts';
import type { ResourcePages } from '../resources/definitions.ts';
import { itemQuery } from '../resources/item-query.ts';
import { pathOf, roleNames, rolesFor, type Person } from '../resources/person.ts';

/** @param roles those that may be given */
const arrangementWith = (roles: readonly string[]): Arrangement => ({
  groups: [
    {
      title: t('Profile'),
      fields: [
        ...['first_name', 'last_name'],
        { name: 'display_name', help: t('As colleagues see it. Default: first and last name.') },
        'email',
      ],
    },
    {
      title: t('Extension and numbers'),
      fields: [
        { name: 'extension', help: t('The short number by which colleagues call. It brings a voicemail box.') },
        {
          name: 'direct_number',
          control: 'phone number',
          help: t('Shown in the directory. Where its calls go is set on the page of the number.'),
        },
        { name: 'mobile', control: 'phone number' },
      ],
    },
    {
      title: t('Role and language'),
      fields: [
        { name: 'roles', choices: Object.fromEntries(roles.map((role) => [role, roleNames[role] ?? role])) },
        'timezone',
        { name: 'language', control: 'language' },
      ],
    },
  ],
  advanced: ['username'],
  hidden: ['status', 'type', 'password'],
});

type FormProps = { readonly of: ResourcePages; readonly person: Person };

/** Name, reachability and rights of a person. */
export function ProfileForm({ of, person }: FormProps) {
  const session = useSession();
  const queries = useQueryClient();
  const operations = useOperations(of.tag);
  const { body, example, scopes } = operationOf(operations, 'POST /users/{id}');
  const path = pathOf(person.id);
  const change = useMutation({
    mutationFn: async (next: { readonly body: object; readonly version: number | undefined }) =>
      answered(await request({ method: 'POST', path, ...next })).values,
    onSuccess: async (values) => {
      queries.setQueryData(itemQuery({ method: 'GET', path }).queryKey, values);
      showToast({ message: t('Saved.') });
      await queries.invalidateQueries({ queryKey: ['list'] });
    },
  });
  return (
    <ApiForm
      fields={fieldsOf(body ?? {}, operations, example)}
      before={person}
      error={change.error}
      isSending={change.isPending}
      isReadOnly={!isAllowed(session, scopes)}
      submit={t('Save')}
      arrangement={arrangementWith([...new Set([...rolesFor(session.roles), ...person.roles])])}
      read={itemQuery({ method: 'GET', path }).queryFn}
      onSubmit={(next, version) => change.mutate({ body: next, version })}
    />
  );
}

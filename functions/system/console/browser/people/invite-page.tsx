import { PasswordInput, SimpleGrid, Stack, Switch, Tabs, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { textIn } from '../../json-value.ts';
import { t } from '../texts/texts.ts';
import { request, type ApiRequest } from '../kit/api.ts';
import { violationsOf } from '../kit/api-error.ts';
import { useFirstComplaint } from '../kit/form.tsx';
import { FormFrame } from '../kit/form-frame.tsx';
import { LeaveGuard } from '../kit/leave-guard.tsx';
import { Page, Problem } from '../kit/page.tsx';
import { useSession } from '../kit/session.tsx';
import { showToast } from '../kit/toasts.tsx';
import { answered } from '../resources/answers.ts';
import { usernameOf } from './invitations.ts';
import { InviteMany } from './invite-many.tsx';
import { RoleSelect } from './role-select.tsx';
import { rolesFor } from '../resources/person.ts';

const key = 'users';

type Draft = {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly extension: string;
  readonly role: string;
  /** The person sets the password by a link. */
  readonly isInvited: boolean;
  /** Of a person that is not invited. */
  readonly username: string;
  readonly password: string;
};

const nothing: Draft = {
  ...{ email: '', firstName: '', lastName: '', extension: '', role: 'agent' },
  ...{ isInvited: true, username: '', password: '' },
};

const given = (name: string, text: string) => (text.trim() === '' ? {} : { [name]: text.trim() });

/** The body of a request for a new user. */
const bodyOf = ({ email, firstName, lastName, extension, role, isInvited, username, password }: Draft) => ({
  username: isInvited ? usernameOf(email) : username.trim(),
  ...given('email', email),
  ...given('first_name', firstName),
  ...given('last_name', lastName),
  ...given('extension', extension),
  roles: [role],
  ...(isInvited ? { invite: true } : { password, must_change_password: true }),
});

const newUser = (body: object): ApiRequest => ({ method: 'PUT', path: '/users', body });

/** "Who is new here?" One person, or a list of them. */
export function InvitePage() {
  const shown = newUser(bodyOf({ ...nothing, email: 'ann@example.com', firstName: 'Ann', extension: '201' }));
  return (
    <Page title={t('Invite')} requests={[shown]}>
      <Tabs defaultValue="one" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="one">{t('One person')}</Tabs.Tab>
          <Tabs.Tab value="many">{t('Several')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="one">
          <InviteOne />
        </Tabs.Panel>
        <Tabs.Panel value="many">
          <InviteMany />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function useCreation() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async (draft: Draft) => answered(await request(newUser(bodyOf(draft)))).values,
    onSuccess: async ({ id }, { isInvited, email }) => {
      await queries.invalidateQueries({ queryKey: ['list'] });
      await navigate({ to: '/r/$key/$id', params: { key, id: textIn(id) } });
      if (isInvited) showToast({ message: t('The invitation is on its way to {address}.', { address: email }) });
    },
  });
}

function InviteOne() {
  const [draft, setDraft] = useState(nothing);
  const creation = useCreation();
  const change = (part: Partial<Draft>): void => setDraft((all) => ({ ...all, ...part }));
  const violations = violationsOf(creation.error);
  const errorOf = (name: string): string | null => violations.find(({ path }) => path === name)?.message ?? null;
  const form = useFirstComplaint(creation.error, 0);
  return (
    <div ref={form}>
      <LeaveGuard isChanged={draft !== nothing && !creation.isPending && !creation.isSuccess} />
      <FormFrame
        label={t('Invite')}
        submit={draft.isInvited ? t('Send the invitation') : t('Create')}
        isReadOnly={false}
        isSending={creation.isPending}
        onSubmit={() => creation.mutate(draft)}
      >
        <Problem error={creation.error} />
        <WhoInputs draft={draft} errorOf={errorOf} onChange={change} />
        <Switch
          label={t('Send an invitation by e-mail')}
          description={t('The person sets the password by its link, which works for 7 days.')}
          checked={draft.isInvited}
          onChange={({ target }) => change({ isInvited: target.checked })}
        />
        {!draft.isInvited && <CredentialInputs draft={draft} errorOf={errorOf} onChange={change} />}
      </FormFrame>
    </div>
  );
}

type InputsProps = {
  readonly draft: Draft;
  readonly errorOf: (name: string) => string | null;
  readonly onChange: (part: Partial<Draft>) => void;
};

function WhoInputs({ draft, errorOf, onChange }: InputsProps) {
  const { roles } = useSession();
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} maw={720}>
      <TextInput
        label={t('E-mail')}
        type="email"
        autoComplete="off"
        required={draft.isInvited}
        data-autofocus
        value={draft.email}
        error={errorOf('email') ?? (draft.isInvited ? errorOf('username') : null)}
        onChange={({ target }) => onChange({ email: target.value })}
      />
      <RoleSelect
        roles={rolesFor(roles)}
        value={draft.role}
        error={errorOf('roles')}
        onChange={(role) => onChange({ role })}
      />
      <TextInput
        label={t('First name')}
        value={draft.firstName}
        error={errorOf('first_name')}
        onChange={({ target }) => onChange({ firstName: target.value })}
      />
      <TextInput
        label={t('Last name')}
        value={draft.lastName}
        error={errorOf('last_name')}
        onChange={({ target }) => onChange({ lastName: target.value })}
      />
      <TextInput
        label={t('Extension')}
        description={t('The short number by which colleagues call. It brings a voicemail box.')}
        inputMode="numeric"
        value={draft.extension}
        error={errorOf('extension')}
        onChange={({ target }) => onChange({ extension: target.value })}
      />
    </SimpleGrid>
  );
}

function CredentialInputs({ draft, errorOf, onChange }: InputsProps) {
  return (
    <Stack maw={360}>
      <TextInput
        label={t('Username')}
        autoComplete="off"
        required
        value={draft.username}
        error={errorOf('username')}
        onChange={({ target }) => onChange({ username: target.value })}
      />
      <PasswordInput
        label={t('First password')}
        description={t('At least 12 characters. The person changes it when signing in.')}
        autoComplete="new-password"
        required
        value={draft.password}
        error={errorOf('password')}
        onChange={({ target }) => onChange({ password: target.value })}
      />
    </Stack>
  );
}

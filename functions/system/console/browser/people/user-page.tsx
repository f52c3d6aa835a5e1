import { Button, Group, Tabs, Text } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, type ReactNode } from 'react';
import { DependentList } from '../dependents/dependent-list.tsx';
import { useDependents } from '../dependents/dependents.ts';
import { loadPart } from '../kit/load-part.ts';
import { LatePart, LoadingPart } from '../kit/late-part.tsx';
import { Page } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import type { ResourcePages } from '../resources/definitions.ts';
import { itemQuery } from '../resources/item-query.ts';
import { t } from '../texts/texts.ts';
import { InvitePage } from './invite-page.tsx';
import { pathOf, roleText, type Person } from '../resources/person.ts';
import { ProfileForm } from './profile-form.tsx';
import { StateBadge } from './state-badge.tsx';
import { useInvitation, useUserActions } from './user-actions.tsx';
import { UserCalls } from './user-calls.tsx';
import { UserGroups } from './user-groups.tsx';
import { UserPhones } from './user-phones.tsx';

/** "What rings no more if this person goes?" */
function UserUses({ person: { id, display_name: name } }: { readonly person: Person }) {
  const found = useDependents('user', id);
  if (found === undefined) return <LoadingPart />;
  if (found.dependents.length === 0 && !found.truncated)
    return <Text>{t('Nothing depends on {name}.', { name })}</Text>;
  return <DependentList of={found} />;
}

type PageProps = { readonly of: ResourcePages; readonly id: string };

/** "Who is this, how is the person reached, and what may it do?" A person, or the form that invites one. */
export function UserPage({ of, id }: PageProps) {
  return id === 'new' ? <InvitePage /> : <ExistingUser of={of} id={id} />;
}

/** Loaded when its tab is opened. */
const UserForwarding = lazy(async () => ({
  default: (await loadPart(() => import('./user-forwarding.tsx'))).UserForwarding,
}));
const UserSignIn = lazy(async () => ({
  default: (await loadPart(() => import('./user-sign-in.tsx'))).UserSignIn,
}));
const UserVoicemail = lazy(async () => ({
  default: (await loadPart(() => import('./user-voicemail.tsx'))).UserVoicemail,
}));

type Tab = {
  readonly key: string;
  readonly title: string;
  readonly scope: string;
  readonly show: (props: { readonly of: ResourcePages; readonly person: Person }) => ReactNode;
};

/** A reader of users sees the profile. Each further tab is shown to those that may read it. */
const tabs: readonly Tab[] = [
  { key: 'profile', title: t('Profile'), scope: 'users:read', show: (props) => <ProfileForm {...props} /> },
  { key: 'phones', title: t('Phones'), scope: 'telephony:read', show: ({ person }) => <UserPhones person={person} /> },
  {
    ...{ key: 'forwarding', title: t('Forwarding'), scope: 'telephony:read' },
    show: ({ person }) => <UserForwarding person={person} />,
  },
  {
    ...{ key: 'voicemail', title: t('Voicemail'), scope: 'messaging:read' },
    show: ({ person }) => <UserVoicemail person={person} />,
  },
  {
    key: 'sign-in',
    title: t('Sign-in and security'),
    scope: 'users:write',
    show: (props) => <UserSignIn {...props} />,
  },
  { key: 'groups', title: t('Groups'), scope: 'users:read', show: ({ person }) => <UserGroups person={person} /> },
  { key: 'calls', title: t('Recent calls'), scope: 'calls:read', show: ({ person }) => <UserCalls person={person} /> },
  {
    key: 'uses',
    title: t('What depends on it'),
    scope: 'telephony:read',
    show: ({ person }) => <UserUses person={person} />,
  },
];

const key = 'users';

/** The tab that the address names, and what names another one there. */
function useTab(id: string, shown: readonly Tab[]) {
  const navigate = useNavigate();
  const { tab } = useSearch({ strict: false }) as { readonly tab?: unknown };
  const open = shown.find((each) => each.key === tab)?.key ?? 'profile';
  const choose = (next: string | null): void =>
    void navigate({ to: '/r/$key/$id', params: { key, id }, search: { tab: next }, replace: true });
  return { open, choose };
}

/** "How is this person reached, by which phones, and what may it do?" */
function ExistingUser({ of, id }: PageProps) {
  const session = useSession();
  const navigate = useNavigate();
  const reading = { method: 'GET', path: pathOf(id) };
  const { data } = useSuspenseQuery(itemQuery(reading));
  const person = data as Person;
  const { items, dialog } = useUserActions(person, () => void navigate({ to: '/r/$key', params: { key } }));
  const shown = tabs.filter(({ scope }) => isAllowed(session, [scope]));
  const { open, choose } = useTab(id, shown);
  return (
    <Page
      title={person.display_name}
      subtitle={
        <Group gap="xs">
          <StateBadge person={person} />
          <span>{roleText(person.roles)}</span>
          {person.extension !== null && <span>{t('Extension {extension}', { extension: person.extension })}</span>}
        </Group>
      }
      requests={[reading, { method: 'POST', path: pathOf(id), body: { display_name: person.display_name } }]}
      actions={<InviteAgain person={person} />}
      menu={items}
    >
      {dialog}
      <Tabs value={open} onChange={choose} keepMounted={false}>
        <Tabs.List mb="md">
          {shown.map(({ key: value, title }) => (
            <Tabs.Tab key={value} value={value}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {shown.map(({ key: value, show }) => (
          <Tabs.Panel key={value} value={value}>
            <LatePart>{show({ of, person })}</LatePart>
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}

/** For one who has no password yet. */
function InviteAgain({ person }: { readonly person: Person }) {
  const invitation = useInvitation(person);
  const isOpen = person.status === 'pending' && person.type === 'user' && person.email !== null;
  if (!isOpen || !isAllowed(useSession(), ['users:write'])) return null;
  return (
    <Button loading={invitation.isPending} onClick={() => invitation.mutate()}>
      {t('Send the invitation again')}
    </Button>
  );
}

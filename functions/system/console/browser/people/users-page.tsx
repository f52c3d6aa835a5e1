import { ActionIcon, Anchor, Button, Group, Menu, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../texts/texts.ts';
import { Empty } from '../kit/empty.tsx';
import { IconDots, IconUsers } from '../kit/icons.ts';
import { useList } from '../kit/list.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { SearchInput } from '../kit/search-input.tsx';
import { useSession } from '../kit/session.tsx';
import { columnsOf, VirtualTable } from '../kit/table.tsx';
import { roleText, type Person } from '../resources/person.ts';
import { StateBadge } from './state-badge.tsx';
import { useUserActions } from './user-actions.tsx';

/** Whom the list shows, by the filters of the API. */
const shownOf = {
  people: { label: t('Everyone'), query: { type: 'user' } },
  active: { label: t('Active'), query: { type: 'user', status: 'active' } },
  pending: { label: t('Invited, not here yet'), query: { type: 'user', status: 'pending' } },
  disabled: { label: t('Locked'), query: { type: 'user', status: 'disabled' } },
  programs: { label: t('Programs'), query: { type: 'service' } },
} as const;
type Shown = keyof typeof shownOf;

const key = 'users';

const columns = columnsOf<Person>([
  {
    id: 'display_name',
    header: t('Name'),
    width: 200,
    cell: ({ id, display_name: name }) => (
      <Anchor renderRoot={(props) => <Link to="/r/$key/$id" params={{ key, id }} {...props} />}>{name}</Anchor>
    ),
  },
  { id: 'extension', header: t('Extension'), width: 110 },
  { id: 'email', header: t('E-mail'), width: 220 },
  { id: 'roles', header: t('Role'), width: 150, cell: ({ roles }) => roleText(roles) },
  { id: 'status', header: t('State'), width: 180, cell: (person) => <StateBadge person={person} /> },
  { id: 'actions', header: t('Actions'), width: 100, cell: (person) => <RowMenu person={person} /> },
]);

/** What is done with the person of a row. */
function RowMenu({ person }: { readonly person: Person }) {
  const { items, dialog } = useUserActions(person);
  return (
    <>
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t('Actions for {name}', { name: person.display_name })}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item renderRoot={(props) => <Link to="/r/$key/$id" params={{ key, id: person.id }} {...props} />}>
            {t('Open')}
          </Menu.Item>
          {items}
        </Menu.Dropdown>
      </Menu>
      {dialog}
    </>
  );
}

/** "Who works here, how are they reached, and who has not come in yet?" */
export function UsersPage() {
  const session = useSession();
  const [text, setText] = useState('');
  const [shown, setShown] = useState<Shown>('people');
  const [wanted] = useDebouncedValue(text.trim(), 300);
  const query = { ...shownOf[shown].query, sort: 'username', ...(wanted === '' ? {} : { q: wanted }) };
  const list = useList({ method: 'GET', path: '/users', query });
  const invite = isAllowed(session, ['users:write']) && (
    <Button renderRoot={(props) => <Link to="/r/$key/$id" params={{ key, id: 'new' }} {...props} />}>
      {t('Invite')}
    </Button>
  );
  return (
    <Page title={t('Users')} requests={[list.request]} actions={invite}>
      <Group gap="xs">
        <SearchInput placeholder={t('Name, e-mail or extension')} value={text} onChange={setText} />
        <Select
          aria-label={t('Who is shown')}
          allowDeselect={false}
          data={Object.entries(shownOf).map(([value, { label }]) => ({ value, label }))}
          value={shown}
          onChange={(next) => setShown((next ?? 'people') as Shown)}
        />
      </Group>
      <Problem error={list.error} />
      <VirtualTable
        {...list}
        label={t('Users')}
        columns={columns}
        empty={<Empty icon={IconUsers} text={t('No one is found here.')} action={invite} />}
      />
    </Page>
  );
}

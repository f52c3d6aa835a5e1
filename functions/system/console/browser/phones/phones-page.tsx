import { Anchor, Button, Group, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { t } from '../texts/texts.ts';
import { SearchInput } from '../kit/search-input.tsx';
import { useAudience } from '../kit/selling.ts';
import { Empty } from '../kit/empty.tsx';
import { IconDevice } from '../kit/icons.ts';
import { useList } from '../kit/list.ts';
import { useNamesIn, userNames } from '../kit/listed-names.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { columnsOf, VirtualTable, type Column } from '../kit/table.tsx';
import { PhoneBadge } from './phone-badge.tsx';
import { extensionsOf, kindNames, phoneName, type Phone } from './phone-names.ts';
import { shapeOf } from './shapes.ts';
import { WithSilhouette } from './silhouette.tsx';

const key = 'devices';

const columnsWith = (names: ReadonlyMap<string, string>): readonly Column[] =>
  columnsOf<Phone>([
    {
      id: 'name',
      header: t('Phone'),
      width: 200,
      cell: (phone) => (
        <Anchor renderRoot={(props) => <Link to="/r/$key/$id" params={{ key, id: phone.id }} {...props} />}>
          {phoneName(phone)}
        </Anchor>
      ),
    },
    { id: 'user_id', header: t('User'), width: 180, cell: ({ user_id: id }) => names.get(id ?? '') ?? '–' },
    { id: 'lines', header: t('Extension'), width: 110, cell: (phone) => extensionsOf(phone) || '–' },
    {
      id: 'model',
      header: t('Model'),
      width: 180,
      cell: ({ model, kind }) => (
        <WithSilhouette shape={shapeOf(model, kind)}>{model ?? kindNames[kind] ?? '–'}</WithSilhouette>
      ),
    },
    { id: 'status', header: t('State'), width: 190, cell: (phone) => <PhoneBadge phone={phone} /> },
    { id: 'ip_address', header: t('Address'), width: 140 },
  ]);

const states = [
  { value: '', label: t('Every state') },
  { value: 'online', label: t('Ready') },
  { value: 'offline', label: t('Not ready') },
];

/** "Which phones are there, whose are they, and do they ring?" */
export function PhonesPage() {
  const session = useSession();
  const isWorker = useAudience() === 'worker';
  const [text, setText] = useState('');
  const [status, setStatus] = useState('');
  const [wanted] = useDebouncedValue(text.trim(), 300);
  const query = { include: 'lines', ...(wanted === '' ? {} : { q: wanted }), ...(status === '' ? {} : { status }) };
  const list = useList({ method: 'GET', path: '/devices', query });
  const names = useNamesIn(userNames).names;
  const columns = useMemo(() => columnsWith(names), [names]);
  const add = isAllowed(session, ['telephony:write']) && (
    <Button renderRoot={(props) => <Link to="/r/$key/$id" params={{ key, id: 'new' }} {...props} />}>
      {t('Add a phone')}
    </Button>
  );
  const title = isWorker ? t('My devices') : t('Phones');
  return (
    <Page title={title} requests={[list.request]} actions={add}>
      <Group gap="xs">
        <SearchInput placeholder={t('Name, model or MAC address')} value={text} onChange={setText} />
        <Select
          aria-label={t('State')}
          allowDeselect={false}
          data={states}
          value={status}
          onChange={(next) => setStatus(next ?? '')}
        />
      </Group>
      <Problem error={list.error} />
      <VirtualTable
        {...list}
        label={title}
        columns={columns}
        empty={<Empty icon={IconDevice} text={t('No phones here. The phone of this page needs none.')} action={add} />}
      />
    </Page>
  );
}

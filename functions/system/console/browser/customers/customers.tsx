import { ActionIcon, Anchor, Badge, Button, Group, Menu } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { textIn } from '../../json-value.ts';
import { amountText } from '../kit/amounts.ts';
import { Empty } from '../kit/empty.tsx';
import { numberText } from '../kit/format.ts';
import { IconBuilding, IconDots } from '../kit/icons.ts';
import { useList } from '../kit/list.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { SearchInput } from '../kit/search-input.tsx';
import { useSession } from '../kit/session.tsx';
import type { Row } from '../kit/shown.ts';
import { useLookAt } from '../kit/switcher.tsx';
import { columnsOf, VirtualTable, type Column } from '../kit/table.tsx';
import { wordOf } from '../kit/words.ts';
import { t } from '../texts/texts.ts';
import type { AnswerOf } from '../kit/answer-of.ts';
import { ChangeDialog, CustomerItems, useRightsIn, type Change } from './customer-actions.tsx';
import { useSpentToday, useSummaryOf } from './facts.ts';
import { balancesBy, idOf, lacksAccounts, treeOf, type Account } from './tree.ts';

type Customer = AnswerOf<'get', '/orgs'>['data'][number];

const money = (account: Account | undefined, field: 'balance' | 'credit_limit'): string =>
  amountText(account?.[field], account?.currency);

type NameProps = {
  readonly row: Row;
  readonly isClosed: boolean;
  readonly onToggle: (id: string) => void;
};

function Name({ row, isClosed, onToggle }: NameProps) {
  const { name, depth, hasChildren } = row;
  return (
    <Group gap={4} wrap="nowrap" pl={Number(depth) * 20}>
      {hasChildren === true ? (
        <ActionIcon
          size="sm"
          variant="default"
          aria-expanded={!isClosed}
          aria-label={t('Customers of {name}', { name: textIn(name) })}
          onClick={() => onToggle(idOf(row))}
        >
          {isClosed ? '+' : '−'}
        </ActionIcon>
      ) : (
        <span style={{ width: 22 }} />
      )}
      <Anchor renderRoot={(props) => <Link to="/r/$key/$id" params={{ key: 'orgs', id: idOf(row) }} {...props} />}>
        {textIn(name)}
      </Anchor>
    </Group>
  );
}

/** Whether a customer may work. */
export function State({ status }: { readonly status: unknown }) {
  const color = { active: 'green', suspended: 'yellow' }[textIn(status)] ?? 'gray';
  return (
    <Badge color={color} variant="light">
      {wordOf(textIn(status))}
    </Badge>
  );
}

type OfCustomer = { readonly id: string };

const SpentToday = ({ id }: OfCustomer) => useSpentToday(id);

const CallsNow = ({ id }: OfCustomer) => numberText(useSummaryOf(id).data?.calls_in_progress ?? undefined);

function useClosed() {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string): void =>
    setClosed((all) => (all.has(id) ? new Set([...all].filter((each) => each !== id)) : new Set([...all, id])));
  return { closed, toggle };
}

type ActionsProps = { readonly row: Row; readonly onChange: (change: Change) => void };

/** What is changed is asked for outside the table, whose rows are in the page only while they are in view. */
function Actions({ row, onChange }: ActionsProps) {
  const { isOther } = useRightsIn(row);
  const lookAt = useLookAt();
  if (!isOther) return null;
  const name = textIn(row['name']);
  return (
    <Group gap={6} wrap="nowrap">
      <Button
        size="compact-sm"
        variant="default"
        aria-label={t('Enter {name}', { name })}
        onClick={() => lookAt({ id: idOf(row), name })}
      >
        {t('Enter')}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t('Actions for {name}', { name })}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <CustomerItems organization={row} onChange={onChange} />
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

type ColumnsOptions = {
  readonly closed: ReadonlySet<string>;
  readonly toggle: (id: string) => void;
  readonly hasMoney: boolean;
  readonly balances: ReadonlyMap<string, Account>;
  readonly onChange: (change: Change) => void;
};

const moneyColumns = (balances: ReadonlyMap<string, Account>) => [
  {
    ...{ id: 'balance', header: t('Balance'), width: 120 },
    cell: ({ id }: Customer) => money(balances.get(id), 'balance'),
  },
  {
    ...{ id: 'credit', header: t('Credit'), width: 120 },
    cell: ({ id }: Customer) => money(balances.get(id), 'credit_limit'),
  },
  { id: 'today', header: t('Spent today'), width: 120, cell: ({ id }: Customer) => <SpentToday id={id} /> },
];

function useColumns({ closed, toggle, hasMoney, balances, onChange }: ColumnsOptions): readonly Column[] {
  return useMemo(
    (): readonly Column[] =>
      columnsOf<Customer>([
        {
          ...{ id: 'name', header: t('Customer'), width: 240 },
          cell: (row) => <Name row={row} isClosed={closed.has(idOf(row))} onToggle={toggle} />,
        },
        { id: 'status', header: t('State'), width: 120, cell: ({ status }) => <State status={status} /> },
        ...(hasMoney ? moneyColumns(balances) : []),
        { id: 'now', header: t('Calls now'), width: 100, cell: ({ id }) => <CallsNow id={id} /> },
        {
          ...{ id: 'actions', header: t('Actions'), width: 130 },
          cell: (row) => <Actions row={row} onChange={onChange} />,
        },
      ]),
    [closed, toggle, hasMoney, balances, onChange],
  );
}

/** Accounts, page by page, up to the last of the customers: a search finds some that are far down in the list. */
function useAccounts(customers: readonly Row[], isEnabled: boolean) {
  const { listAt } = operationOf(useOperations('billing'), 'GET /billing-accounts');
  const accounts = useList({ method: 'GET', path: '/billing-accounts' }, listAt, { isEnabled });
  const { rows, more } = accounts;
  const isIncomplete = accounts.hasMore && lacksAccounts(customers, rows);
  useEffect(() => {
    if (isIncomplete) more();
  }, [isIncomplete, more]);
  return accounts;
}

/** Who buys from us, who owes us what, and who calls now? For those who sell. */
export function CustomersPage() {
  const session = useSession();
  const [text, setText] = useState('');
  const [wanted] = useDebouncedValue(text, 300);
  const { closed, toggle } = useClosed();
  const [change, setChange] = useState<Change | null>(null);
  const list = useList({ method: 'GET', path: '/orgs', ...(wanted === '' ? {} : { query: { q: wanted } }) });
  const hasMoney = isAllowed(session, ['billing:read']);
  const { rows } = list;
  const accounts = useAccounts(rows, hasMoney);
  const branches = useMemo(() => treeOf(rows, closed), [rows, closed]);
  const balances = useMemo(() => balancesBy(accounts.rows), [accounts.rows]);
  const shownRows = useMemo(
    () => branches.map(({ organization, ...branch }): Row => ({ ...organization, ...branch })),
    [branches],
  );
  const columns = useColumns({ closed, toggle, hasMoney, balances, onChange: setChange });
  return (
    <Page
      title={t('Customers')}
      requests={[list.request, ...(hasMoney ? [accounts.request] : [])]}
      actions={isAllowed(session, ['orgs:write']) && <NewCustomer />}
    >
      <Group>
        <SearchInput placeholder={t('Find a customer')} value={text} onChange={setText} />
      </Group>
      {change !== null && <ChangeDialog change={change} onDone={() => setChange(null)} />}
      <Problem error={list.error ?? accounts.error} />
      <VirtualTable
        {...list}
        rows={shownRows}
        onView={(inView) => {
          list.onView(inView);
          accounts.onView(inView.flatMap((row) => balances.get(idOf(row)) ?? []));
        }}
        label={t('Customers')}
        columns={columns}
        empty={<Empty icon={IconBuilding} text={t('No customer has this name.')} />}
      />
    </Page>
  );
}

function NewCustomer() {
  return (
    <Button renderRoot={(props) => <Link to="/r/$key/$id" params={{ key: 'orgs', id: 'new' }} {...props} />}>
      {t('New customer')}
    </Button>
  );
}

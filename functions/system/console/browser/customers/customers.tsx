import { ActionIcon, Anchor, Badge, Button, Group, Modal, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Link, useNavigate } from '@tanstack/react-router';
import { Suspense, useMemo, useState } from 'react';
import { textIn } from '../../json-value.ts';
import type { AnswerOf } from '../kit/answer-of.ts';
import { amountText } from '../kit/amounts.ts';
import { countOf } from '../kit/count.ts';
import { useList } from '../kit/list.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession, useSigning } from '../kit/session.tsx';
import { columnsOf, shown, VirtualTable, type Column, type Row } from '../kit/table.tsx';
import { CustomerLimits } from './limits.tsx';
import { actionFor, Suspension } from './suspension.tsx';
import { balancesBy, idOf, treeOf, type Account } from './tree.ts';

type Customer = AnswerOf<'get', '/orgs'>['data'][number];

const money = (account: Account | undefined, field: 'balance' | 'credit_limit'): string =>
  amountText(account?.[field], account?.currency);

/** Calls, users and daily spend: what an organization reaches first. */
const limitsText = ({
  limits: { daily_spend: spend, max_concurrent_calls: calls, max_users: users },
}: Customer): string => {
  const counts = `${countOf(calls, 'call')}, ${countOf(users, 'user')}`;
  return spend === null ? counts : `${counts}, ${spend} a day`;
};

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
          aria-label={`Customers of ${textIn(name)}`}
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

function State({ row }: { readonly row: Row }) {
  const isActive = row['status'] === 'active';
  return (
    <Badge color={isActive ? 'green' : 'yellow'} variant="light">
      {shown(row['status'])}
    </Badge>
  );
}

function useClosed() {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string): void =>
    setClosed((all) => (all.has(id) ? new Set([...all].filter((each) => each !== id)) : new Set([...all, id])));
  return { closed, toggle };
}

type Change = { readonly kind: 'limits' | 'status'; readonly organization: Row };
type ActionsProps = { readonly row: Row; readonly onChange: (change: Change) => void };

/** What is changed is asked for outside the table, whose cells have no state of their own. */
function Actions({ row, onChange }: ActionsProps) {
  const session = useSession();
  const { lookAt } = useSigning();
  const navigate = useNavigate();
  if (idOf(row) === session.org_id || row['status'] === 'closed') return null;
  // The API lets an operator change any, and a reseller its own customers.
  const isSold = session.reach === 'all' || row['parent_id'] === session.org_id;
  const mayChange = isSold && isAllowed(session, ['orgs:write']);
  return (
    <Group gap={6} wrap="nowrap">
      <Button
        size="compact-sm"
        variant="default"
        aria-label={`Look at ${textIn(row['name'])}`}
        onClick={() => {
          lookAt(idOf(row));
          void navigate({ to: '/' });
        }}
      >
        Look at
      </Button>
      {mayChange && (
        <>
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Limits of ${textIn(row['name'])}`}
            onClick={() => onChange({ kind: 'limits', organization: row })}
          >
            Limits
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`${actionFor(row)} ${textIn(row['name'])}`}
            onClick={() => onChange({ kind: 'status', organization: row })}
          >
            {actionFor(row)}
          </Button>
        </>
      )}
    </Group>
  );
}

type ChangeDialogProps = { readonly change: Change; readonly onDone: () => void };

function ChangeDialog({ change: { kind, organization }, onDone }: ChangeDialogProps) {
  const name = textIn(organization['name']);
  const title = kind === 'limits' ? `Limits of ${name}` : `${actionFor(organization)} ${name}?`;
  return (
    <Modal opened onClose={onDone} title={title}>
      <Suspense fallback={<Text role="status">Loading …</Text>}>
        {kind === 'limits' ? (
          <CustomerLimits organization={organization} onDone={onDone} />
        ) : (
          <Suspension organization={organization} onDone={onDone} />
        )}
      </Suspense>
    </Modal>
  );
}

type ColumnsOptions = {
  readonly closed: ReadonlySet<string>;
  readonly toggle: (id: string) => void;
  readonly hasMoney: boolean;
  readonly balances: ReadonlyMap<string, Account>;
  readonly onChange: (change: Change) => void;
};

function useColumns({ closed, toggle, hasMoney, balances, onChange }: ColumnsOptions): readonly Column[] {
  return useMemo(
    (): readonly Column[] =>
      columnsOf<Customer>([
        {
          id: 'name',
          header: 'Organization',
          width: 240,
          cell: (row) => <Name row={row} isClosed={closed.has(idOf(row))} onToggle={toggle} />,
        },
        { id: 'status', header: 'State', width: 120, cell: (row) => <State row={row} /> },
        ...(hasMoney
          ? [
              {
                id: 'balance',
                header: 'Balance',
                width: 105,
                cell: ({ id }: Customer) => money(balances.get(id), 'balance'),
              },
              {
                id: 'credit',
                header: 'Credit',
                width: 105,
                cell: ({ id }: Customer) => money(balances.get(id), 'credit_limit'),
              },
            ]
          : []),
        { id: 'limits', header: 'Limits', width: 200, cell: limitsText },
        { id: 'actions', header: 'Actions', width: 250, cell: (row) => <Actions row={row} onChange={onChange} /> },
      ]),
    [closed, toggle, hasMoney, balances, onChange],
  );
}

/** The organizations that the person sells to, below one another, with their balances and limits. */
export function CustomersPage() {
  const session = useSession();
  const [text, setText] = useState('');
  const [wanted] = useDebouncedValue(text, 300);
  const { closed, toggle } = useClosed();
  const [change, setChange] = useState<Change | null>(null);
  const list = useList({ method: 'GET', path: '/orgs', ...(wanted === '' ? {} : { query: { q: wanted } }) });
  const hasMoney = isAllowed(session, ['billing:read']);
  // Both are in the order of the organizations' numbers.
  const { listAt } = operationOf(useOperations('billing'), 'GET /billing-accounts');
  const accounts = useList({ method: 'GET', path: '/billing-accounts' }, listAt, { isEnabled: hasMoney });
  const { rows, more, hasMore } = list;
  const branches = useMemo(() => treeOf(rows, closed), [rows, closed]);
  const balances = useMemo(() => balancesBy(accounts.rows), [accounts.rows]);
  const shownRows = useMemo(
    () => branches.map(({ organization, ...branch }): Row => ({ ...organization, ...branch })),
    [branches],
  );
  const columns = useColumns({ closed, toggle, hasMoney, balances, onChange: setChange });
  return (
    <Page
      title="Customers"
      requests={[list.request, ...(hasMoney ? [accounts.request] : [])]}
      actions={isAllowed(session, ['orgs:write']) && <NewCustomer />}
    >
      <TextInput type="search" label="Search" value={text} onChange={({ target }) => setText(target.value)} />
      {change !== null && <ChangeDialog change={change} onDone={() => setChange(null)} />}
      <Problem error={list.error ?? accounts.error} />
      <VirtualTable
        {...list}
        rows={shownRows}
        hasMore={hasMore}
        more={() => {
          more();
          if (accounts.hasMore) accounts.more();
        }}
        onView={(inView) => {
          list.onView(inView);
          accounts.onView(inView.flatMap((row) => balances.get(idOf(row)) ?? []));
        }}
        label="Customers"
        columns={columns}
        empty="No organization matches."
      />
    </Page>
  );
}

function NewCustomer() {
  return (
    <Button renderRoot={(props) => <Link to="/r/$key/$id" params={{ key: 'orgs', id: 'new' }} {...props} />}>
      New customer
    </Button>
  );
}

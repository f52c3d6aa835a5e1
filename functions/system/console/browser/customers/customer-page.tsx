import { Button, Card, SimpleGrid, Stack, Tabs, Text } from '@mantine/core';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { lazy, useState, type ReactNode } from 'react';
import { amountText } from '../kit/amounts.ts';
import { request, type ApiRequest } from '../kit/api.ts';
import { numberText } from '../kit/format.ts';
import { LatePart, LoadingPart } from '../kit/late-part.tsx';
import { useList } from '../kit/list.ts';
import { loadPart } from '../kit/load-part.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { shownWord, type Row } from '../kit/shown.ts';
import { useLookAt } from '../kit/switcher.tsx';
import { VirtualTable } from '../kit/table.tsx';
import { useToday } from '../kit/today.ts';
import { labelOf } from '../kit/words.ts';
import type { ResourcePages } from '../resources/definitions.ts';
import { ItemForm, ItemPage } from '../resources/item-page.tsx';
import { itemQuery } from '../resources/item-query.ts';
import { money } from '../resources/money.ts';
import { t } from '../texts/texts.ts';
import { ChangeDialog, CustomerDeletion, CustomerItems, useRightsIn, type Change } from './customer-actions.tsx';
import { State } from './customers.tsx';
import { useSpentToday, useSummaryOf, type Customer } from './facts.ts';
import { rowsIn } from '../usage/rows.ts';
import { UsageTable } from '../usage/usage-table.tsx';
import { MonthStatement } from './month-statement.tsx';
import { monthsUntil } from './statement.ts';

/** Loaded when its tab is opened. */
const SettingsTabs = lazy(async () => ({
  default: (await loadPart(() => import('../organization/organization-page.tsx'))).SettingsTabs,
}));

type CustomerProps = { readonly of: ResourcePages; readonly id: string };

/** How is this customer: what does it have, use, pay and owe? For who sells to it. */
export function CustomerPage({ of, id }: CustomerProps) {
  return id === 'new' ? <ItemPage of={of} id={id} /> : <ExistingCustomer of={of} id={id} />;
}

function ExistingCustomer({ of, id }: CustomerProps) {
  const reading: ApiRequest = { method: 'GET', path: `/orgs/${id}` };
  const { data } = useSuspenseQuery(itemQuery(reading));
  const customer = data as Customer;
  const lookAt = useLookAt();
  const { isOther } = useRightsIn(data);
  const [change, setChange] = useState<Change | null>(null);
  return (
    <Page
      title={customer.name}
      subtitle={<State status={customer.status} />}
      requests={[reading]}
      actions={isOther && <Button onClick={() => lookAt({ id, name: customer.name })}>{t('Enter')}</Button>}
      menu={<CustomerItems organization={data} onChange={setChange} />}
    >
      {change !== null && <ChangeDialog change={change} onDone={() => setChange(null)} />}
      <CustomerTabs of={of} id={id} customer={customer} />
    </Page>
  );
}

/** What there is of a customer, each part read when it is opened. */
function CustomerTabs({ of, id, customer }: CustomerProps & { readonly customer: Customer }) {
  const session = useSession();
  const [hasMoney, hasCalls] = [isAllowed(session, ['billing:read']), isAllowed(session, ['cdr:read'])];
  return (
    <Tabs defaultValue="overview" keepMounted={false}>
      <Tabs.List mb="md">
        <Tabs.Tab value="overview">{t('Overview')}</Tabs.Tab>
        {hasCalls && <Tabs.Tab value="usage">{t('Usage')}</Tabs.Tab>}
        {hasMoney && <Tabs.Tab value="statement">{t('Statement')}</Tabs.Tab>}
        {hasMoney && <Tabs.Tab value="prices">{t('Prices and payment')}</Tabs.Tab>}
        <Tabs.Tab value="users">{t('Users')}</Tabs.Tab>
        <Tabs.Tab value="numbers">{t('Numbers')}</Tabs.Tab>
        <Tabs.Tab value="settings">{t('Settings')}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="overview">
        <Overview customer={customer} />
      </Tabs.Panel>
      <Tabs.Panel value="usage">
        <UsageByMonth customer={customer} />
      </Tabs.Panel>
      <Tabs.Panel value="statement">
        <MonthStatement id={id} />
      </Tabs.Panel>
      <Tabs.Panel value="prices" maw={640}>
        <LatePart>
          <Payment id={id} />
        </LatePart>
      </Tabs.Panel>
      <Tabs.Panel value="users">
        <ListOf
          wanted={{ method: 'GET', path: '/users', query: { org_id: id } }}
          columns={['username', 'display_name', 'extension', 'status']}
          label={t('Users')}
        />
      </Tabs.Panel>
      <Tabs.Panel value="numbers">
        <ListOf
          wanted={{ method: 'POST', path: '/numbers/search', query: { org_id: id }, body: {} }}
          columns={['number', 'label', 'country', 'state']}
          label={t('Numbers')}
        />
      </Tabs.Panel>
      <Tabs.Panel value="settings">
        <Stack>
          <LatePart>
            <SettingsTabs id={id} organization={customer} />
          </LatePart>
          <div>
            <LatePart>
              <CustomerDeletion of={of} customer={customer} />
            </LatePart>
          </div>
        </Stack>
      </Tabs.Panel>
    </Tabs>
  );
}

type FigureProps = { readonly title: string; readonly children: ReactNode };

const Figure = ({ title, children }: FigureProps) => (
  <Card withBorder>
    <Text size="sm" c="dimmed">
      {title}
    </Text>
    <Text size="xl" fw={600}>
      {children}
    </Text>
  </Card>
);

/** A number of what there may be. */
const ofMost = (count: number | null | undefined, most: number): string =>
  t('{count} of {most}', { count: numberText(count ?? undefined), most: numberText(most) });

function Overview({ customer: { id, limits } }: { readonly customer: Customer }) {
  const { data, error } = useSummaryOf(id);
  const spent = useSpentToday(id);
  const balance = data?.balance;
  return (
    <>
      <Problem error={error} />
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
        <Figure title={t('Balance')}>{amountText(balance?.current, balance?.currency)}</Figure>
        <Figure title={t('Can still be spent')}>{amountText(balance?.available_credit, balance?.currency)}</Figure>
        <Figure title={t('Spent today')}>{spent}</Figure>
        <Figure title={t('Limit a day')}>
          {limits.daily_spend === null ? t('none') : amountText(limits.daily_spend, balance?.currency)}
        </Figure>
        <Figure title={t('Calls now')}>{ofMost(data?.calls_in_progress, limits.max_concurrent_calls)}</Figure>
        <Figure title={t('Users')}>{ofMost(data?.users, limits.max_users)}</Figure>
        <Figure title={t('Phones')}>{ofMost(data?.devices, limits.max_devices)}</Figure>
        <Figure title={t('Numbers')}>{ofMost(data?.numbers, limits.max_numbers)}</Figure>
      </SimpleGrid>
    </>
  );
}

/** The calls of the last twelve months, in the zone of the customer. */
function UsageByMonth({ customer: { id, timezone } }: { readonly customer: Customer }) {
  const today = useToday(timezone);
  const first = monthsUntil(today, 12).at(-1) ?? '';
  const wanted = { method: 'GET', path: '/usage', query: { org_id: id, by: 'month', from: `${first}-01`, to: today } };
  const { data: rows, error } = useQuery({
    queryKey: ['usage', wanted.query],
    queryFn: async () => rowsIn(await request(wanted)),
  });
  return (
    <>
      <Problem error={error} />
      {rows === undefined && error === null && <LoadingPart />}
      {rows !== undefined && <UsageTable rows={rows} />}
    </>
  );
}

/** How it pays, and by which price list. */
function Payment({ id }: { readonly id: string }) {
  const { data } = useSuspenseQuery(itemQuery({ method: 'GET', path: `/billingprofile/${id}` }));
  const pages = money.find(({ key }) => key === 'balances');
  return pages === undefined ? null : <ItemForm of={pages} id={id} before={data} />;
}

type ListOfProps = { readonly wanted: ApiRequest; readonly columns: readonly string[]; readonly label: string };

function ListOf({ wanted, columns, label }: ListOfProps) {
  const list = useList(wanted);
  const shownColumns = columns.map((id) => ({ id, header: labelOf(id), cell: (row: Row) => shownWord(row[id]) }));
  return (
    <>
      <Problem error={list.error} />
      <VirtualTable {...list} label={label} columns={shownColumns} empty={t('There are none.')} />
    </>
  );
}

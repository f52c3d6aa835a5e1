import { Anchor, Button, Group, SegmentedControl, Select, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { t } from '../texts/texts.ts';
import type { AnswerOf } from '../kit/answer-of.ts';
import { amountText } from '../kit/amounts.ts';
import { request, type Query } from '../kit/api.ts';
import { ControlInput } from '../kit/control-input.tsx';
import { Empty } from '../kit/empty.tsx';
import { countryName, flagOf } from '../kit/flags.ts';
import { durationText } from '../kit/format.ts';
import { IconNumber, IconSearch } from '../kit/icons.ts';
import { filledIn, listRequest } from '../kit/inputs.ts';
import { useList } from '../kit/list.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { columnsOf, VirtualTable, type Column } from '../kit/table.tsx';
import { TargetLink } from '../kit/target-link.tsx';
import type { Target } from '../kit/targets.ts';
import { showToast } from '../kit/toasts.tsx';
import { capabilityText, typeWord, typeWords } from '../resources/number-words.ts';
import { useNumberUse, type NumberUse } from './number-use.ts';
import { RoutePicker, targetIn } from './route-picker.tsx';

const key = 'numbers';
const searchRoute = 'POST /numbers/search';
const routingRoute = 'POST /numbers/{id}';

type Found = AnswerOf<'post', '/numbers/search'>['data'][number];
type OwnNumber = Extract<Found, { readonly organization_id: string }>;

/** The number with the flag of its country, as a link to its page. */
const number = {
  id: 'number',
  header: t('Number'),
  width: 190,
  cell: ({ number: id, country }: Found) => (
    <Group gap={6} wrap="nowrap">
      <span role="img" aria-label={countryName(country)} title={countryName(country)}>
        {flagOf(country)}
      </span>
      <Anchor renderRoot={(props) => <Link to="/r/$key/$id" params={{ key, id }} {...props} />}>{id}</Anchor>
    </Group>
  ),
};

const kind = { id: 'type', header: t('Kind'), width: 110, cell: ({ type }: Found) => typeWord(type) };

/** Sends the calls of a number elsewhere, and says so with a way back. */
function useRouting({ number: id, route }: OwnNumber) {
  const queries = useQueryClient();
  const before = targetIn(route);
  const routing = useMutation({
    mutationFn: async (target: Target | null) => {
      const body = { route: target === null ? null : { type: target.kind, id: target.to } };
      await request({ method: 'POST', path: filledIn(routingRoute, id), body });
      await queries.invalidateQueries({ queryKey: ['list'] });
    },
    onError: ({ message }) => showToast({ message }),
  });
  const choose = (target: Target | null): void =>
    routing.mutate(target, {
      onSuccess: () =>
        showToast({
          message: t('Calls to {number} go elsewhere now.', { number: id }),
          undo: () => routing.mutate(before),
        }),
    });
  return { choose, isSending: routing.isPending };
}

/** What calls to a number are sent to, and a button that sends them elsewhere. */
function RouteCell({ of, canWrite }: { readonly of: OwnNumber; readonly canWrite: boolean }) {
  const { choose, isSending } = useRouting(of);
  const target = targetIn(of.route);
  return (
    <Group gap={4} wrap="nowrap" justify="space-between">
      {target === null ? (
        <Text c="dimmed" size="sm">
          {t('Nowhere')}
        </Text>
      ) : (
        <TargetLink target={target} />
      )}
      {canWrite && (
        <RoutePicker
          label={t('Send the calls to {number} elsewhere', { number: of.number })}
          isSending={isSending}
          onChoose={choose}
        />
      )}
    </Group>
  );
}

/** Calls and talk time. */
const useText = (use: ReturnType<NumberUse>): string =>
  use === undefined
    ? '–'
    : `${t('{count, plural, one {# call} other {# calls}}', { count: use.calls })} · ${durationText(use.talk_seconds)}`;

/** @param used what each number was used in this month; null: the person may not see it */
const ownColumns = (canWrite: boolean, used: NumberUse | null): readonly Column[] =>
  columnsOf<OwnNumber>([
    number,
    { id: 'label', header: t('Label') },
    {
      id: 'route',
      header: t('Calls go to'),
      width: 240,
      cell: (of) => <RouteCell of={of} canWrite={canWrite} />,
    },
    ...(used === null
      ? []
      : [{ id: 'use', header: t('This month'), width: 150, cell: (of: OwnNumber) => useText(used(of.number)) }]),
    kind,
    { id: 'capabilities', header: t('Used for'), width: 110, cell: (of) => capabilityText(of.capabilities) },
  ]);

const availableColumns = (canWrite: boolean): readonly Column[] =>
  columnsOf<Found>([
    number,
    kind,
    { id: 'capabilities', header: t('Used for'), cell: ({ capabilities }) => capabilityText(capabilities) },
    {
      id: 'monthly_fee',
      header: t('Fee per month'),
      width: 110,
      cell: ({ monthly_fee: fee, fee_currency: currency }) => amountText(fee, currency),
    },
    {
      id: 'take',
      header: t('Actions'),
      width: 110,
      cell: ({ number: id }) =>
        canWrite && (
          <Button
            size="compact-sm"
            variant="light"
            aria-label={t('Take {number}', { number: id })}
            renderRoot={(props) => <Link to="/r/$key/$id" params={{ key, id }} {...props} />}
          >
            {t('Take')}
          </Button>
        ),
    },
  ]);

type Scope = 'own' | 'available';

/** Digits are part of a number, other words of a label. */
const searchOf = (text: string): Query => {
  const digits = text.replaceAll(/[\s()/-]/g, '');
  if (digits === '') return {};
  return /^\+?\d{1,15}$/.test(digits) ? { contains: digits } : { label: text.trim() };
};

/** Those of a query that are filled in. */
const filled = (query: Query): Query => Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));

/** What is sought among numbers. */
type Wanted = { readonly text: string; readonly country: string; readonly type: string };

const everything: Wanted = { text: '', country: '', type: '' };

type SearchProps = { readonly scope: Scope; readonly wanted: Wanted; readonly onChange: (wanted: Wanted) => void };

/** Search of numbers by digits, label, country and kind. */
const NumberSearch = ({ scope, wanted, onChange }: SearchProps) => (
  <Group gap="xs" align="end">
    <TextInput
      type="search"
      label={t('Search')}
      placeholder={scope === 'own' ? t('Number or label') : t('Digits of the number')}
      leftSection={<IconSearch size={16} aria-hidden />}
      flex="1 1 220px"
      maw={420}
      value={wanted.text}
      onChange={({ target }) => onChange({ ...wanted, text: target.value })}
    />
    <ControlInput
      control="country"
      common={{ label: t('Country'), description: '', required: false, error: null, placeholder: '' }}
      value={wanted.country}
      onChange={(next) => onChange({ ...wanted, country: String(next) })}
    />
    <Select
      label={t('Kind')}
      clearable
      data={Object.entries(typeWords).map(([value, label]) => ({ value, label }))}
      value={wanted.type === '' ? null : wanted.type}
      onChange={(next) => onChange({ ...wanted, type: next ?? '' })}
    />
  </Group>
);

/** "Which numbers do we have, and who is called by them?" With those that the organization can take. */
export function NumbersPage() {
  const session = useSession();
  const operations = useOperations('telephony');
  const [scope, setScope] = useState<Scope>('own');
  const [wanted, setWanted] = useState(everything);
  const [{ text, ...filters }] = useDebouncedValue(wanted, 300);
  const list = useList(listRequest(searchRoute, filled({ ...searchOf(text), ...filters, scope })));
  const canWrite = isAllowed(session, operationOf(operations, routingRoute).scopes);
  const used = useNumberUse();
  const columns = useMemo(
    () => (scope === 'own' ? ownColumns(canWrite, used) : availableColumns(canWrite)),
    [scope, canWrite, used],
  );
  const change = (next: Scope): void => {
    setScope(next);
    setWanted(everything);
  };
  // Who sells numbers adds them to those that are available.
  const sells = session.reach !== 'own';
  const take = canWrite && scope === 'own' && (
    <Button key="take" onClick={() => change('available')} variant={sells ? 'default' : 'filled'}>
      {t('Take a number')}
    </Button>
  );
  const add = canWrite && sells && (
    <Button key="add" renderRoot={(props) => <Link to="/r/$key/$id" params={{ key, id: 'new' }} {...props} />}>
      {t('New number')}
    </Button>
  );
  const isSought = Object.values(wanted).some((each) => each !== '');
  const label = scope === 'own' ? t('Your numbers') : t('Available');
  return (
    <Page title={t('Numbers')} requests={[list.request]} actions={[take, add]}>
      <SegmentedControl<Scope>
        aria-label={t('Which numbers')}
        style={{ alignSelf: 'start' }}
        data={[
          { value: 'own', label: t('Your numbers') },
          { value: 'available', label: t('Available') },
        ]}
        value={scope}
        onChange={change}
      />
      <NumberSearch scope={scope} wanted={wanted} onChange={setWanted} />
      <Problem error={list.error} />
      <VirtualTable
        key={scope}
        {...list}
        label={label}
        columns={columns}
        empty={<Empty icon={IconNumber} text={emptyText(scope, isSought)} action={!isSought && take} />}
      />
    </Page>
  );
}

function emptyText(scope: Scope, isSought: boolean): string {
  if (isSought) return t('No number is found.');
  return scope === 'own'
    ? t('No numbers yet. Take one from those that are available, and say who answers its calls.')
    : t('No number is available.');
}

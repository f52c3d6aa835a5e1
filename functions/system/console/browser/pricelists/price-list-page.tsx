import { Button, Group, Menu, Select, Stack, Tabs, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { request, saveFile, type ApiRequest } from '../kit/api.ts';
import { dateTimeText, numberText } from '../kit/format.ts';
import { LatePart } from '../kit/late-part.tsx';
import { LeaveGuard } from '../kit/leave-guard.tsx';
import { LoadingPage, Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { SearchInput } from '../kit/search-input.tsx';
import { useOrganization } from '../kit/selling.ts';
import { useSession } from '../kit/session.tsx';
import { showToast } from '../kit/toasts.tsx';
import type { ResourcePages } from '../resources/definitions.ts';
import { Deletion, ItemForm, ItemPage } from '../resources/item-page.tsx';
import { t } from '../texts/texts.ts';
import { ChangesBar, DifferenceDialog, DifferenceLists, differenceText } from './changes.tsx';
import { RateDialog } from './rate-form.tsx';
import { TableError, csvOf, ratesOfCsv } from './rates-csv.ts';
import { RatesTable } from './rates-table.tsx';
import {
  appliedTo,
  bodyOf,
  countOfDifference,
  differenceOf,
  findRates,
  pagesOf,
  type PriceList,
  type Rate,
} from './rates.ts';
import { ratesKey, readRates, useFirstRates, useRates, type Rates } from './use-rates.ts';

type HistoryProps = {
  readonly id: string;
  readonly list: Rates['list'];
  /** Undefined: not all are here yet. */
  readonly rates: readonly Rate[] | undefined;
};

/** Versions that are offered: older ones are few and far. */
const offered = 100;

/** What has changed since an older version. */
function PriceHistory({ id, list: { version, updated_at: since }, rates }: HistoryProps) {
  const [chosen, setChosen] = useState<string | null>(version > 1 ? String(version - 1) : null);
  const old = useQuery({
    queryKey: ['tariff', id, 'version', chosen],
    queryFn: () => readRates({ id, version: Number(chosen) }),
    enabled: chosen !== null,
    staleTime: Infinity,
  });
  const older = Array.from({ length: Math.min(version - 1, offered) }, (_each, at) => String(version - 1 - at));
  const difference = old.data === undefined || rates === undefined ? undefined : differenceOf(old.data.rates, rates);
  return (
    <Stack>
      <Text>{t('Version {version} is in force since {time}.', { version, time: dateTimeText(since) })}</Text>
      {older.length > 0 && (
        <Select
          maw={320}
          label={t('Compared with version')}
          data={older}
          value={chosen}
          allowDeselect={false}
          onChange={setChosen}
        />
      )}
      <Problem error={old.error} />
      {difference !== undefined && (
        <>
          <Text role="status">{differenceText(difference) || t('No price has changed.')}</Text>
          <DifferenceLists difference={difference} />
        </>
      )}
    </Stack>
  );
}

type PriceListProps = { readonly of: ResourcePages; readonly id: string };

/** What do calls cost our customers, and what does a change do? For those who make prices. */
export function PriceListPage({ of, id }: PriceListProps) {
  return id === 'new' ? <ItemPage of={of} id={id} /> : <ExistingList of={of} id={id} />;
}

function ExistingList({ of, id }: PriceListProps) {
  const first = useFirstRates(id);
  const all = useRates(id);
  const loaded = all.data ?? first.data;
  if (loaded === undefined)
    return first.error === null ? (
      <LoadingPage />
    ) : (
      <Page title={of.title}>
        <Problem error={first.error} />
      </Page>
    );
  return (
    <Prices
      key={loaded.list.version}
      {...{ of, id, loaded, isWhole: all.data !== undefined, error: all.error, progress: all.progress }}
    />
  );
}

type PricesProps = PriceListProps & {
  readonly loaded: Rates;
  /** All rates are here. */
  readonly isWhole: boolean;
  readonly error: unknown;
  /** Rates that are here. */
  readonly progress: number;
};

type Saving = { readonly from: Rates; readonly next: readonly Rate[] };

/**
 * Sends what is changed, in pages if it is larger than a body. If a page is not saved, the ones before it are: `left`
 * is what the next attempt begins with.
 */
function useSaving(id: string, loaded: Rates) {
  const queries = useQueryClient();
  const [left, setLeft] = useState<Rates | null>(null);
  const saving = useMutation({
    mutationFn: async ({ from, next }: Saving): Promise<Rates> => {
      let saved = from;
      for (const page of pagesOf(differenceOf(from.rates, next), from.rates.length)) {
        const body = bodyOf(page, saved.list.version);
        const answer = await request({ method: 'POST', path: `/tariffs/${id}/rates`, body });
        saved = { list: (answer as { readonly data: PriceList }).data, rates: appliedTo(saved.rates, page) };
        setLeft(saved);
      }
      return { ...saved, rates: next };
    },
    onSuccess: async (saved, { next }) => {
      queries.setQueryData(ratesKey(id), saved);
      await queries.invalidateQueries({ queryKey: ['item', `/tariffs/${id}`] });
      if (next !== loaded.rates)
        showToast({ message: t('Saved.'), undo: () => saving.mutate({ from: saved, next: loaded.rates }) });
    },
  });
  return {
    ...{ error: saving.error, isPending: saving.isPending, isPart: left !== null },
    save: (next: readonly Rate[]) => saving.mutate({ from: left ?? loaded, next }),
    /** Shows the pages that are saved. */
    giveUp: () => {
      if (left !== null) queries.setQueryData(ratesKey(id), left);
    },
  };
}

/** What is changed and not saved. */
function useDraft(rates: readonly Rate[]) {
  // Null: nothing is changed.
  const [draft, setDraft] = useState<readonly Rate[] | null>(null);
  const current = draft ?? rates;
  const change = (next: (all: readonly Rate[]) => readonly Rate[]): void => setDraft((all) => next(all ?? rates));
  const difference = useMemo(() => differenceOf(rates, current), [rates, current]);
  return {
    ...{ current, difference, isChanged: draft !== null, take: setDraft, discard: () => setDraft(null) },
    put: (rate: Rate, before: Rate | undefined): void =>
      change((all) => (before === undefined ? [rate, ...all] : all.map((each) => (each === before ? rate : each)))),
    remove: (rate: Rate): void => change((all) => all.filter((each) => each !== rate)),
  };
}

/** A price list is changed by its owner. */
function useMayChange({ org_id: owner }: Rates['list']): boolean {
  const session = useSession();
  return useOrganization()?.id === owner && isAllowed(session, ['billing:write']);
}

/** What a list has, and for its owner who pays by it. */
const subtitleOf = ({ rate_count: count, currency, profiles }: Rates['list']): string =>
  [
    t('{count, plural, one {# price} other {# prices}} in {currency}', { count, currency }),
    ...(profiles === null
      ? []
      : [t('{count, plural, one {# customer pays} other {# customers pay}} by it', { count: profiles })]),
  ].join(' · ');

type Opened = 'difference' | 'new' | Rate;

function Prices(props: PricesProps) {
  const { id, loaded, isWhole } = props;
  const { list, rates } = loaded;
  const mayChange = useMayChange(list);
  const canChange = isWhole && mayChange;
  const draft = useDraft(rates);
  const { current, difference, isChanged } = draft;
  const saving = useSaving(id, loaded);
  const [opened, setOpened] = useState<Opened | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const close = (): void => setOpened(null);
  const read = (text: string): void => {
    try {
      draft.take(ratesOfCsv(text, rates));
      setProblem(null);
      setOpened('difference');
    } catch (reason) {
      setProblem(problemIn(reason));
    }
  };
  return (
    <Page
      title={list.name}
      subtitle={subtitleOf(list)}
      requests={[{ method: 'GET', path: `/tariffs/${id}` }, savingRequest(id, list)]}
      actions={canChange && <Button onClick={() => setOpened('new')}>{t('Add a price')}</Button>}
      menu={<TableItems {...{ name: list.name, rates: current, canChange, isWhole }} onRead={read} />}
    >
      <LeaveGuard isChanged={isChanged && !saving.isPending} />
      <Problem error={props.error ?? saving.error} />
      {saving.error !== null && saving.isPart && (
        <Text c="var(--mantine-color-error)" role="alert">
          {t('A part of the changes is saved. Save again to send the others.')}
        </Text>
      )}
      {problem !== null && (
        <Text c="var(--mantine-color-error)" role="alert">
          {problem}
        </Text>
      )}
      <PriceTabs
        {...{ ...props, canChange, rates: current, onChange: draft.put, onOpen: setOpened, onRemove: draft.remove }}
      />
      {isChanged && countOfDifference(difference) > 0 && (
        <ChangesBar
          {...{ difference, isSending: saving.isPending }}
          onDiscard={() => {
            draft.discard();
            saving.giveUp();
          }}
          onSave={() => saving.save(current)}
          onShow={() => setOpened('difference')}
        />
      )}
      {opened !== null && <OpenedDialog {...{ opened, draft, currency: list.currency, onClose: close }} />}
    </Page>
  );
}

type OpenedDialogProps = {
  readonly opened: Opened;
  readonly draft: ReturnType<typeof useDraft>;
  readonly currency: string;
  readonly onClose: () => void;
};

function OpenedDialog({ opened, draft, currency, onClose }: OpenedDialogProps) {
  if (opened === 'difference')
    return <DifferenceDialog difference={draft.difference} currency={currency} onClose={onClose} />;
  return (
    <RateDialog
      {...{ rate: opened === 'new' ? undefined : opened, taken: draft.current, onClose }}
      onDone={(rate, before) => {
        draft.put(rate, before);
        onClose();
      }}
    />
  );
}

type PriceTabsProps = PricesProps & Omit<FoundProps, 'list' | 'progress'>;

function PriceTabs({ of, id, loaded, isWhole, progress, canChange, ...found }: PriceTabsProps) {
  const { list, rates } = loaded;
  return (
    <Tabs defaultValue="prices" keepMounted={false}>
      <Tabs.List mb="md">
        <Tabs.Tab value="prices">{t('Prices')}</Tabs.Tab>
        <Tabs.Tab value="settings">{t('Settings')}</Tabs.Tab>
        <Tabs.Tab value="history">{t('History')}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="prices">
        <Found {...{ ...found, list, canChange, progress: isWhole ? null : progress }} />
      </Tabs.Panel>
      <Tabs.Panel value="settings" maw={640}>
        <LatePart>
          <ItemForm of={of} id={id} before={list} />
          {canChange && <Deletion of={of} id={id} name={list.name} />}
        </LatePart>
      </Tabs.Panel>
      <Tabs.Panel value="history">
        <PriceHistory id={id} list={list} rates={isWhole ? rates : undefined} />
      </Tabs.Panel>
    </Tabs>
  );
}

const savingRequest = (id: string, list: Rates['list']): ApiRequest => ({
  method: 'POST',
  path: `/tariffs/${id}/rates`,
  body: { version: list.version, rates: [{ prefix: '44', price_per_minute: '0.0200' }] },
});

const problemIn = (reason: unknown): string =>
  reason instanceof TableError
    ? t('The table cannot be read: line {line}, column “{column}”.', { line: reason.line, column: reason.column })
    : (reason as Error).message;

type FoundProps = {
  readonly list: Rates['list'];
  readonly rates: readonly Rate[];
  readonly canChange: boolean;
  /** Rates that are here; null: all are. */
  readonly progress: number | null;
  readonly onChange: (rate: Rate, before: Rate) => void;
  readonly onOpen: (rate: Rate) => void;
  readonly onRemove: (rate: Rate) => void;
};

/** The rates of a number or a name. */
function Found({ list, rates, progress, ...rest }: FoundProps) {
  const [text, setText] = useState('');
  const [wanted] = useDebouncedValue(text, 150);
  const found = useMemo(() => findRates(rates, wanted), [rates, wanted]);
  const isNumber = /^[\s\d+()/-]+$/.test(wanted) && /\d/.test(wanted);
  const [best] = isNumber ? found : [];
  return (
    <>
      <Group mb="sm">
        <SearchInput
          label={t('Number or name')}
          placeholder={t('What does +44 7… cost?')}
          value={text}
          onChange={setText}
        />
      </Group>
      <Text size="sm" c="dimmed" mb="xs" role="status">
        {progress !== null &&
          t('{here} of {all} prices are here …', { here: numberText(progress), all: numberText(list.rate_count) })}
        {best !== undefined &&
          best.prefix.length <= wanted.replaceAll(/\D/g, '').length &&
          t('A call there costs {price} {currency} a minute ({name}).', {
            price: numberText(Number(best.price_per_minute), 6),
            currency: list.currency,
            name: best.name ?? (best.prefix || t('everywhere')),
          })}
      </Text>
      <RatesTable rates={found} {...rest} />
    </>
  );
}

type TableItemsProps = {
  readonly name: string;
  readonly rates: readonly Rate[];
  readonly canChange: boolean;
  readonly isWhole: boolean;
  readonly onRead: (text: string) => void;
};

/** A price list as a table of a spreadsheet, down and up. */
function TableItems({ name, rates, canChange, isWhole, onRead }: TableItemsProps) {
  const input = useRef<HTMLInputElement>(null);
  const save = (): void => saveFile(new Blob([csvOf(rates)], { type: 'text/csv' }), `${name}.csv`);
  return (
    <>
      <Menu.Item disabled={!isWhole} onClick={save}>
        {t('Download as a table (CSV)')}
      </Menu.Item>
      {canChange && (
        <Menu.Item closeMenuOnClick={false} onClick={() => input.current?.click()}>
          {t('Upload a table (CSV)')}
        </Menu.Item>
      )}
      <input
        ref={input}
        type="file"
        accept=".csv,text/csv"
        hidden
        aria-label={t('Upload a table (CSV)')}
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          target.value = '';
          void file?.text().then(onRead);
        }}
      />
    </>
  );
}

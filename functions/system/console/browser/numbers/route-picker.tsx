import { ActionIcon, Combobox, Loader, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQueries } from '@tanstack/react-query';
import { useState } from 'react';
import { at, textIn } from '../../json-value.ts';
import { IconChevronDown } from '../kit/icons.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { offerQuery } from '../kit/target-picker.tsx';
import { choiceOf, distinct, placesOf, type Choice, type Target } from '../kit/targets.ts';
import { t } from '../texts/texts.ts';

/** What calls to a number are sent to, in the order in which it is offered. What is rare is chosen on its page. */
const kinds = [
  { kind: 'flow', title: t('Call flows') },
  { kind: 'user', title: t('People') },
  { kind: 'ring_group', title: t('Ring groups') },
  { kind: 'voicemail', title: t('Mailboxes') },
  { kind: 'device', title: t('Phones') },
] as const;

/** A target as the value of an option; a kind has no blank. */
const valueOf = (kind: string, to: string): string => `${kind} ${to}`;
const targetOf = (value: string): Target | null => {
  const at = value.indexOf(' ');
  return at < 0 ? null : { kind: value.slice(0, at), to: value.slice(at + 1) };
};

/** The target of a route as the API has it; null: none. */
export const targetIn = (route: unknown): Target | null => {
  const [kind, to] = [textIn(at(route, 'type')), textIn(at(route, 'id'))];
  return kind === '' ? null : { kind, to };
};

type Offer = { readonly title: string; readonly choices: readonly Choice[] };

/** What is found of each kind whose names the person may read. */
function useOffers(text: string, isOpen: boolean) {
  const session = useSession();
  const [sought] = useDebouncedValue(text.trim(), 300);
  const sources = kinds.flatMap(({ kind, title }) =>
    placesOf(kind)
      .filter(({ scopes }) => isAllowed(session, scopes))
      .map((place) => ({ kind, title, place })),
  );
  return useQueries({
    queries: sources.map(({ place }) => ({ ...offerQuery(place, sought), enabled: isOpen })),
    combine: (lists) => {
      const found = sources.map(({ kind, title, place }, at) => ({
        title,
        choices: (lists[at]?.data ?? []).flatMap((row): Choice[] => {
          const choice = choiceOf(place, row);
          return choice === undefined ? [] : [{ ...choice, value: valueOf(kind, choice.value) }];
        }),
      }));
      const offers = [...Map.groupBy(found, ({ title }) => title)].map(([title, lists]): Offer => {
        return { title, choices: distinct(lists.flatMap(({ choices }) => choices)) };
      });
      return {
        offers: offers.filter(({ choices }) => choices.length > 0),
        isLoading: lists.some(({ isFetching }) => isFetching),
      };
    },
  });
}

type RoutePickerProps = {
  /** Name of the button. */
  readonly label: string;
  readonly isSending: boolean;
  /** @param target null: calls go nowhere */
  readonly onChoose: (target: Target | null) => void;
};

/** A button with a search for what calls are sent to: people, ring groups, flows, mailboxes and phones together. */
export function RoutePicker({ label, isSending, onChoose }: RoutePickerProps) {
  const [text, setText] = useState('');
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      combobox.focusTarget();
      setText('');
    },
    onDropdownOpen: () => combobox.focusSearchInput(),
  });
  const { offers, isLoading } = useOffers(text, combobox.dropdownOpened);
  return (
    <Combobox
      store={combobox}
      width={300}
      position="bottom-end"
      onOptionSubmit={(value) => {
        onChoose(targetOf(value));
        combobox.closeDropdown();
      }}
    >
      <Combobox.Target targetType="button" withAriaAttributes={false}>
        <ActionIcon
          variant="subtle"
          size="sm"
          aria-label={label}
          aria-haspopup="listbox"
          aria-expanded={combobox.dropdownOpened}
          loading={isSending}
          onClick={() => combobox.toggleDropdown()}
        >
          <IconChevronDown size={16} aria-hidden />
        </ActionIcon>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={text}
          aria-label={label}
          placeholder={t('Search')}
          rightSection={isLoading && <Loader size="xs" />}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        <Offers label={label} offers={offers} isLoading={isLoading} hasNowhere={text === ''} />
      </Combobox.Dropdown>
    </Combobox>
  );
}

type OffersProps = {
  readonly label: string;
  readonly offers: readonly Offer[];
  readonly isLoading: boolean;
  /** That calls go nowhere may be chosen, too. */
  readonly hasNowhere: boolean;
};

const Offers = ({ label, offers, isLoading, hasNowhere }: OffersProps) => (
  <Combobox.Options mah={320} style={{ overflowY: 'auto' }} aria-label={label}>
    {offers.map(({ title, choices }) => (
      <Combobox.Group key={title} label={title}>
        {choices.map(({ value, label: name }) => (
          <Combobox.Option key={value} value={value}>
            {name}
          </Combobox.Option>
        ))}
      </Combobox.Group>
    ))}
    {!isLoading && offers.length === 0 && <Combobox.Empty>{t('Nothing found')}</Combobox.Empty>}
    {hasNowhere && (
      <Combobox.Option value="" c="dimmed">
        {t('Nowhere')}
      </Combobox.Option>
    )}
  </Combobox.Options>
);

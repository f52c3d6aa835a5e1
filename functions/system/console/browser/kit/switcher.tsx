import { Button, Combobox, Group, Text, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../texts/texts.ts';
import { api } from './api.ts';
import { IconBuilding, IconChevronDown } from './icons.ts';
import { useOrganization } from './selling.ts';
import { useSession, useSigning } from './session.tsx';

type Place = { readonly id: string; readonly name: string };

const kept = 5;
const storageKey = (user: string): string => `trunkline-recent-${user}`;

/** The organizations that the person looked at last, the latest first; of this browser. */
function recentOf(user: string): readonly Place[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey(user)) ?? '[]');
    return Array.isArray(stored) ? (stored as readonly Place[]) : [];
  } catch {
    return [];
  }
}

function remember(user: string, place: Place): void {
  const others = recentOf(user).filter(({ id }) => id !== place.id);
  localStorage.setItem(storageKey(user), JSON.stringify([place, ...others].slice(0, kept)));
}

/** Looks at an organization: its pages are opened. */
export function useLookAt(): (place: Place) => void {
  const { lookAt } = useSigning();
  const { sub } = useSession();
  const navigate = useNavigate();
  return (place) => {
    remember(sub, place);
    lookAt(place.id);
    void navigate({ to: '/' });
  };
}

/** How many are offered: more are found by typing. */
const offered = 20;

function useFound(text: string, isOpen: boolean): readonly Place[] {
  const [q] = useDebouncedValue(text.trim(), 250);
  const { data } = useQuery({
    queryKey: ['list', '/orgs', 'switcher', q],
    queryFn: async () => {
      const query = { limit: offered, ...(q === '' ? {} : { q }) };
      return (await api.GET('/orgs', { params: { query } })).data?.data ?? [];
    },
    enabled: isOpen,
  });
  return data ?? [];
}

/** Which organization is looked at; another one is found by its name. For resellers and operators. */
export function OrganizationSwitcher() {
  const { sub, org_id: own } = useSession();
  const lookAt = useLookAt();
  const here = useOrganization();
  const [text, setText] = useState('');
  const combobox = useCombobox({
    onDropdownOpen: () => combobox.focusSearchInput(),
    onDropdownClose: () => combobox.focusTarget(),
  });
  const found = useFound(text, combobox.dropdownOpened).filter(({ id }) => id !== own);
  const recent = text.trim() === '' ? recentOf(sub) : [];
  const others = found.filter(({ id }) => !recent.some((each) => each.id === id));
  const choose = (id: string): void => {
    const place = [...recent, ...found].find((each) => each.id === id);
    combobox.closeDropdown();
    setText('');
    if (place !== undefined) lookAt({ id: place.id, name: place.name });
  };
  const optionsOf = (places: readonly Place[]) =>
    places.map(({ id, name }) => (
      <Combobox.Option key={id} value={id}>
        {name}
      </Combobox.Option>
    ));
  return (
    <Combobox store={combobox} width={280} position="bottom-start" withinPortal={false} onOptionSubmit={choose}>
      <Combobox.Target targetType="button">
        <Button
          variant="default"
          size="compact-md"
          maw={220}
          aria-label={t('Organization: {name}', { name: here?.name ?? '' })}
          leftSection={<IconBuilding size={16} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          onClick={() => combobox.toggleDropdown()}
        >
          <Text truncate size="sm">
            {here?.name ?? '…'}
          </Text>
        </Button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          aria-label={t('Find a customer')}
          placeholder={t('Find a customer')}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        <Combobox.Options aria-label={t('Organizations')} tabIndex={0} mah={320} style={{ overflowY: 'auto' }}>
          {recent.length > 0 && <Combobox.Group label={t('Recent')}>{optionsOf(recent)}</Combobox.Group>}
          {others.length > 0 && <Combobox.Group label={t('Customers')}>{optionsOf(others)}</Combobox.Group>}
          {recent.length + others.length === 0 && <Combobox.Empty>{t('Nothing found')}</Combobox.Empty>}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

/** Says on every page whose organization it is, with a way back. */
export function LookingAt() {
  const { lookAt } = useSigning();
  const navigate = useNavigate();
  const name = useOrganization()?.name ?? '…';
  const leave = (): void => {
    lookAt(null);
    void navigate({ to: '/customers' });
  };
  return (
    <Group
      component="section"
      aria-label={t('Organization that is looked at')}
      justify="space-between"
      gap="xs"
      px="md"
      py={6}
      mb="md"
      bg="var(--mantine-color-yellow-light)"
      c="var(--mantine-color-yellow-light-color)"
      style={{ borderRadius: 'var(--mantine-radius-md)' }}
    >
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {t('You work in {name}. What you change is changed there.', { name })}
      </Text>
      <Button size="compact-sm" variant="default" maw="100%" onClick={leave}>
        {t('Leave {name}', { name })}
      </Button>
    </Group>
  );
}

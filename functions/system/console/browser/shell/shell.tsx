import { ActionIcon, AppShell, Badge, Box, Burger, Button, Group, NavLink, ScrollArea, Text } from '@mantine/core';
import { useDisclosure, useLocalStorage } from '@mantine/hooks';
import { spotlight } from '@mantine/spotlight';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Suspense, lazy, type ReactNode } from 'react';
import { useDock } from '../phone/dock-state.ts';
import { DockedPhone, PhoneButton } from '../phone/dock.tsx';
import { t } from '../texts/texts.ts';
import { AlarmBell } from '../kit/alarm-bell.tsx';
import { BrandMark } from '../kit/brand-mark.tsx';
import { Confirmation } from '../kit/confirmation.tsx';
import { loadPart } from '../kit/load-part.ts';
import { setZone } from '../kit/format.ts';
import { IconSearch } from '../kit/icons.ts';
import { openAddress, sectionsFor, type Section } from '../kit/navigation.ts';
import { useOwnMailbox } from '../kit/own-mailbox.ts';
import { LoadingPage } from '../kit/page.tsx';
import { ProfileMenu } from '../kit/profile-menu.tsx';
import { useRemovalQuestion } from '../kit/removal.ts';
import { useAudience, useOrganization } from '../kit/selling.ts';
import { useSession, useSigning } from '../kit/session.tsx';
import classes from './shell.module.css';
import { LookingAt, OrganizationSwitcher } from '../kit/switcher.tsx';
import { Toasts } from '../kit/toasts.tsx';

/** Asks before a save removes a large part of a list; once in the frame of the pages. */
function RemovalQuestion() {
  const question = useRemovalQuestion();
  if (question === null) return null;
  const { message, answer } = question;
  const [, removed = '', before = ''] = /(\d+) of (\d+)/.exec(message) ?? [];
  return (
    <Confirmation
      title={t('Remove many entries?')}
      action={t('Remove')}
      isSending={false}
      error={null}
      onConfirm={() => answer(true)}
      onClose={() => answer(false)}
    >
      <Text>{t('Saving this removes {removed} of {before} entries.', { removed, before })}</Text>
    </Confirmation>
  );
}

const Search = lazy(async () => ({ default: (await loadPart(() => import('../kit/search.tsx'))).Search }));

/** How many messages of the person were not heard, beside the link to them. */
function NewVoicemail() {
  const count = useOwnMailbox().data?.counts.new ?? 0;
  if (count === 0) return null;
  return (
    <Badge size="sm" aria-label={t('{count, plural, one {# new message} other {# new messages}}', { count })}>
      {count}
    </Badge>
  );
}

type EntryProps = {
  readonly title: string;
  readonly address: string;
  readonly isOpen: boolean;
  readonly onOpen: () => void;
};

const EntryLink = ({
  title,
  address,
  isOpen,
  onOpen,
  icon: Icon,
}: EntryProps & { readonly icon?: Section['icon'] }) => (
  <NavLink
    label={title}
    leftSection={Icon === undefined ? undefined : <Icon size={18} stroke={1.6} aria-hidden />}
    rightSection={address === '/voicemail' ? <NewVoicemail /> : null}
    active={isOpen}
    onClick={onOpen}
    className={classes['entry'] ?? ''}
    renderRoot={(props) => <Link to={address} activeOptions={{ exact: true }} {...props} />}
  />
);

/** Which sections are unfolded, in this browser; the one of the open page always is. */
function useUnfolded() {
  const [unfolded, setUnfolded] = useLocalStorage<readonly string[]>({
    key: 'trunkline-unfolded',
    defaultValue: [],
    getInitialValueInEffect: false,
  });
  const toggle = (title: string, isUnfolded: boolean): void =>
    setUnfolded((before) => (isUnfolded ? [...before, title] : before.filter((each) => each !== title)));
  return { unfolded, toggle };
}

/** Links to the pages that the person may open. */
function Pages({ onOpen }: { readonly onOpen: () => void }) {
  const session = useSession();
  const here = useRouterState({ select: ({ location }) => location.pathname });
  const sections = sectionsFor(session, useAudience());
  const open = openAddress(sections, here);
  const { unfolded, toggle } = useUnfolded();
  return (
    <nav aria-label={t('Pages')}>
      {sections.map(({ title, icon: Icon, entries }) => {
        const [first] = entries;
        if (first === undefined) return null;
        if (entries.length === 1)
          return (
            <EntryLink
              key={title}
              // Others may have more pages in the section: the link says which one it opens.
              title={first.title}
              address={first.address}
              icon={Icon}
              isOpen={first.address === open}
              onOpen={onOpen}
            />
          );
        const hasOpen = entries.some(({ address }) => address === open);
        return (
          <NavLink
            key={title}
            component="button"
            label={title}
            leftSection={<Icon size={18} stroke={1.6} aria-hidden />}
            childrenOffset={28}
            opened={hasOpen || unfolded.includes(title)}
            onChange={(isUnfolded) => toggle(title, isUnfolded)}
            aria-expanded={hasOpen || unfolded.includes(title)}
            className={classes['entry'] ?? ''}
          >
            {entries.map((entry) => (
              <EntryLink
                key={entry.address}
                title={entry.title}
                address={entry.address}
                isOpen={entry.address === open}
                onOpen={onOpen}
              />
            ))}
          </NavLink>
        );
      })}
    </nav>
  );
}

/** A link would change the address behind `#`, which is that of the page. */
const focusPage = (): void => document.querySelector<HTMLElement>('main h1')?.focus();

function Header({ burger }: { readonly burger: ReactNode }) {
  const session = useSession();
  return (
    <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="sm">
      <Group gap="sm" wrap="nowrap" miw={0}>
        {burger}
        <Box visibleFrom="xs" flex="none">
          <BrandMark height={28} />
        </Box>
        {session.reach !== 'own' && <OrganizationSwitcher />}
      </Group>
      <Group gap="xs" wrap="nowrap">
        <Button
          variant="default"
          size="compact-md"
          fw={400}
          visibleFrom="md"
          leftSection={<IconSearch size={16} aria-hidden />}
          rightSection={<kbd className={classes['key']}>Ctrl K</kbd>}
          onClick={spotlight.open}
        >
          {t('Find …')}
        </Button>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          hiddenFrom="md"
          aria-label={t('Find …')}
          onClick={spotlight.open}
        >
          <IconSearch size={18} aria-hidden />
        </ActionIcon>
        <PhoneButton />
        <AlarmBell />
        <ProfileMenu />
      </Group>
    </Group>
  );
}

/** The frame of every page: what there is, who is signed in, the page, and the phone. */
export function Shell() {
  const { isOpen: isPhoneOpen } = useDock();
  const { organization } = useSigning();
  const here = useOrganization();
  const [isOpen, { toggle, close }] = useDisclosure();
  setZone(here?.timezone);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      aside={{ width: 320, breakpoint: 'sm', collapsed: { mobile: !isPhoneOpen, desktop: !isPhoneOpen } }}
      padding="md"
    >
      {/* Its menus open within it, over the navigation and the phone, which Mantine puts at 101. */}
      <AppShell.Header zIndex={102}>
        <Button className={classes['skip'] ?? ''} onClick={focusPage}>
          {t('Skip to the page')}
        </Button>
        <Header
          burger={<Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t('Pages')} />}
        />
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <ScrollArea>
          <Pages onOpen={close} />
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main key={`${organization ?? ''} ${here?.timezone ?? ''}`}>
        <div className={classes['page']}>
          {organization !== null && <LookingAt />}
          <Suspense fallback={<LoadingPage />}>
            <Outlet />
          </Suspense>
        </div>
      </AppShell.Main>
      <AppShell.Aside p="sm">
        <ScrollArea>
          <DockedPhone />
        </ScrollArea>
      </AppShell.Aside>
      <Suspense fallback={null}>
        <Search />
      </Suspense>
      <Toasts />
      <RemovalQuestion />
    </AppShell>
  );
}

import {
  AppShell,
  Badge,
  Burger,
  Button,
  Group,
  NavLink,
  Paper,
  ScrollArea,
  Text,
  TextInput,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Suspense, useState, type SubmitEvent } from 'react';
import { useDock } from '../phone/dock-state.ts';
import { DockedPhone, PhoneButton } from '../phone/dock.tsx';
import { groupsFor, openAddress } from './navigation.ts';
import { useOwnMailbox } from './own-mailbox.ts';
import { LoadingPage } from './page.tsx';
import { useIsSeller, useLookedAt } from './selling.ts';
import { useSession, useSigning } from './session.tsx';
import classes from './shell.module.css';

/** Resellers and operators look at an organization within their reach. */
function Organization() {
  const { lookAt } = useSigning();
  const [typed, setTyped] = useState('');
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    if (/^(org_)?[0-9]{1,15}$/.test(typed)) lookAt(typed.startsWith('org_') ? typed : `org_${typed}`);
  };
  return (
    <form onSubmit={send}>
      <TextInput
        aria-label="Look at an organization"
        placeholder="Look at org_1001"
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
      />
    </form>
  );
}

function ColorScheme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const next = colorScheme === 'dark' ? 'light' : 'dark';
  return (
    <Button size="compact-sm" variant="default" onClick={() => setColorScheme(next)}>
      {next === 'dark' ? 'Dark' : 'Light'}
    </Button>
  );
}

/** Says on every page whose organization it is, with a way back. */
function LookingAt({ organization }: { readonly organization: string }) {
  const { lookAt } = useSigning();
  const name = useLookedAt()?.name ?? organization;
  return (
    <Paper
      component="section"
      aria-label="Organization that is looked at"
      withBorder
      p="xs"
      mb="md"
      bg="var(--mantine-color-yellow-light)"
    >
      <Group justify="space-between" gap="xs">
        <Text>
          You look at <b>{name}</b> ({organization}). What you change is changed there.
        </Text>
        <Button size="compact-sm" variant="default" onClick={() => lookAt(null)}>
          Back to my own
        </Button>
      </Group>
    </Paper>
  );
}

/** How many messages of the person no one has heard, beside the link to them. */
function NewVoicemail() {
  const count = useOwnMailbox().data?.counts.new ?? 0;
  return count === 0 ? null : <Badge aria-label={`${count} new messages`}>{count}</Badge>;
}

/** Links to the pages that the person may open. */
function Pages({ onOpen }: { readonly onOpen: () => void }) {
  const session = useSession();
  const here = useRouterState({ select: ({ location }) => location.pathname });
  const groups = groupsFor(session, useIsSeller());
  const open = openAddress(groups, here);
  return (
    <nav aria-label="Pages">
      {groups.map(({ title, entries }) => (
        <div key={title}>
          {title !== '' && (
            <Text size="sm" fw={600} mt="sm" px="sm">
              {title}
            </Text>
          )}
          {entries.map(({ title: label, address }) => (
            <NavLink
              key={address}
              label={label}
              rightSection={address === '/voicemail' ? <NewVoicemail /> : null}
              active={address === open}
              onClick={onOpen}
              renderRoot={(props) => <Link to={address} activeOptions={{ exact: true }} {...props} />}
            />
          ))}
        </div>
      ))}
    </nav>
  );
}

/** The person's own page, and the way out. */
function Own() {
  const { username } = useSession();
  const { signOut } = useSigning();
  return (
    <>
      <Button size="compact-sm" variant="default" renderRoot={(props) => <Link to="/account" {...props} />}>
        {username}
      </Button>
      <Button size="compact-sm" variant="default" onClick={signOut}>
        Sign out
      </Button>
    </>
  );
}

/** A link would change the address behind `#`, which is that of the page. */
const focusPage = (): void => document.querySelector<HTMLElement>('main h1')?.focus();

/** The frame of every page: what there is, who is signed in, the page, and the phone. */
export function Shell() {
  const { isOpen: isPhoneOpen } = useDock();
  const session = useSession();
  const { organization } = useSigning();
  const [isOpen, { toggle, close }] = useDisclosure();
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      aside={{ width: 320, breakpoint: 'sm', collapsed: { mobile: !isPhoneOpen, desktop: !isPhoneOpen } }}
      padding="md"
    >
      <AppShell.Header>
        <Button className={classes['skip'] ?? ''} onClick={focusPage}>
          Skip to the page
        </Button>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Pages" />
            <Text fw={700}>Trunkline</Text>
          </Group>
          <Group gap="sm" wrap="nowrap">
            {session.reach !== 'own' && organization === null && (
              <Group visibleFrom="sm">
                <Organization />
              </Group>
            )}
            <PhoneButton />
            <ColorScheme />
            <Group gap="sm" wrap="nowrap" visibleFrom="sm">
              <Own />
            </Group>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <ScrollArea>
          <Group gap="sm" hiddenFrom="sm" onClick={close}>
            <Own />
          </Group>
          <Pages onOpen={close} />
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main key={organization}>
        {organization !== null && <LookingAt organization={organization} />}
        <Suspense fallback={<LoadingPage />}>
          <Outlet />
        </Suspense>
      </AppShell.Main>
      <AppShell.Aside p="sm">
        <ScrollArea>
          <DockedPhone />
        </ScrollArea>
      </AppShell.Aside>
    </AppShell>
  );
}

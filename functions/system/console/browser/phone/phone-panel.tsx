import { Affix, Button, Card, Group, Paper, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core';
import { useCallback, useEffect, useRef, useState, type SubmitEvent } from 'react';
import { createPortal } from 'react-dom';
import { newPhone } from '#browser-phone/phone.ts';
import { maxCalls, partyText, signedOut, type Call, type PhoneState } from '#browser-phone/state.ts';
import { useOwnMailbox } from '../kit/own-mailbox.ts';
import { useOwnUser } from '../kit/own-user.ts';
import { useSigning, type Session } from '../kit/session.tsx';
import { setUrgentTitle } from '../kit/title.ts';
import { t } from '../texts/texts.ts';
import { CallCard } from './call-card.tsx';
import { stageTexts } from './call-texts.ts';
import { useDock } from './dock-state.ts';
import { switchOn } from './line-of-page.ts';
import { PastCalls } from './past-calls.tsx';
import { endedOf, withCalls, type RecentCall } from './recent-calls.ts';

/** How many messages of the person's mailbox no one has heard. Nothing, if it has no mailbox. */
function NewMessages() {
  const { data } = useOwnMailbox();
  if (data === undefined || data === null) return null;
  return <Text size="sm">{t('New voicemail messages: {count}', { count: data.counts.new })}</Text>;
}

/**
 * The session whose line the phone uses; null: none. A call keeps its line beyond its session, so that a sign-in after
 * the hours of a session cuts no call off.
 */
function useLineSession(hasCalls: boolean) {
  const { signedIn } = useSigning();
  const [used, setUsed] = useState<Session | null>(null);
  const [ending, setEnding] = useState<Session | null>(null);
  const session = signedIn?.session ?? null;
  const next = session === ending ? null : session;
  if (!hasCalls && used !== next) setUsed(next);
  return { used, setEnding };
}

/** A phone with a line, as long as the component is there. */
function usePhone() {
  const { beforeSignOut } = useSigning();
  const [state, setState] = useState<PhoneState>(signedOut);
  const [recent, setRecent] = useState<readonly RecentCall[]>([]);
  const [phone] = useState(() =>
    newPhone((next) => {
      setState(next);
      setRecent((before) => withCalls(before, next.calls, Date.now()));
    }),
  );
  const [attempt, setAttempt] = useState(0);
  const again = useCallback(() => setAttempt((count) => count + 1), []);
  const hasCalls = state.calls.length > 0;
  const { used, setEnding } = useLineSession(hasCalls);
  useEffect(
    () => (used === null ? undefined : switchOn(phone, used, { beforeSignOut, onSessionEnds: () => setEnding(used) })),
    [phone, used, setEnding, beforeSignOut, attempt],
  );
  useEffect(() => {
    // The line ended when the page was left; it is shown again as it was (HTML, "back/forward cache").
    const back = ({ persisted }: PageTransitionEvent): void => {
      if (persisted) again();
    };
    addEventListener('pageshow', back);
    return () => removeEventListener('pageshow', back);
  }, [again]);
  // Times of the calls, and a page with calls that is not left by accident.
  const [, setNow] = useState(0);
  useEffect(() => {
    if (!hasCalls) return undefined;
    const stay = (event: BeforeUnloadEvent): void => event.preventDefault();
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    addEventListener('beforeunload', stay);
    return () => {
      clearInterval(timer);
      removeEventListener('beforeunload', stay);
    };
  }, [hasCalls]);
  return { phone, state, recent, again };
}

type Controls = ReturnType<typeof usePhone>['phone']['controls'];
type IncomingProps = {
  readonly call: Call | undefined;
  readonly controls: Controls;
  readonly isHidden: boolean;
  readonly onAnswer: () => void;
};

/** Says who calls: by the title of every page, to screen readers, and beside a page whose phone is hidden. */
function Incoming({ call, controls, isHidden, onAnswer }: IncomingProps) {
  const text = call === undefined ? null : t('{name} calls you', { name: partyText(call) });
  useEffect(() => {
    setUrgentTitle(text);
    return () => setUrgentTitle(null);
  }, [text]);
  return (
    <Affix position={{ top: 64, right: 16 }}>
      <div role="alert">
        {call !== undefined && (
          <Paper withBorder shadow="md" p="sm" display={isHidden ? 'block' : 'none'}>
            <Text fw={600} mb="xs">
              {text}
            </Text>
            <Group gap="xs">
              <Button
                size="compact-sm"
                color="teal"
                onClick={() => {
                  controls.answer(call.id);
                  onAnswer();
                }}
              >
                {t('Answer')}
              </Button>
              <Button size="compact-sm" color="red" variant="outline" onClick={() => controls.hangUp(call.id)}>
                {t('Decline')}
              </Button>
            </Group>
          </Paper>
        )}
      </div>
    </Affix>
  );
}

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'] as const;
const keyNames: Readonly<Record<string, string>> = { '*': t('star'), '#': t('hash') };

type DialProps = { readonly canCall: boolean; readonly onCall: (number: string) => void; readonly press: Press };
type Press = (digit: string) => boolean;

function Dial({ canCall, onCall, press }: DialProps) {
  const { openings } = useDock();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // After a reload the phone is open, too; the focus is that of the page then.
    if (openings > 0) field.current?.focus();
  }, [openings]);
  const [number, setNumber] = useState('');
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!canCall || number.trim() === '') return;
    onCall(number.trim());
    setNumber('');
  };
  return (
    <form onSubmit={send} noValidate aria-label={t('New call')}>
      <Group align="end" gap="xs" wrap="nowrap" mb="xs">
        <TextInput
          ref={field}
          flex={1}
          type="tel"
          label={t('Number or extension')}
          autoComplete="off"
          value={number}
          onChange={({ target }) => setNumber(target.value)}
        />
        <Button type="submit" disabled={!canCall}>
          {t('Call')}
        </Button>
      </Group>
      <SimpleGrid cols={3} spacing={6} role="group" aria-label={t('Keypad')}>
        {keys.map((key) => (
          <Button
            key={key}
            variant="default"
            aria-label={keyNames[key] ?? key}
            // Into the call that is talked to, else into the number.
            onClick={() => press(key) || setNumber((typed) => typed + key)}
          >
            {key}
          </Button>
        ))}
      </SimpleGrid>
    </form>
  );
}

function PanelHead({ stage }: { readonly stage: PhoneState['stage'] }) {
  const { setOpen, switchOff } = useDock();
  const user = useOwnUser();
  return (
    <>
      <Group justify="space-between" wrap="nowrap">
        <Title order={2} size="h4">
          {t('My phone')}
          {user?.extension === null || user === null ? '' : ` (${user.extension})`}
        </Title>
        <Group gap="xs" wrap="nowrap">
          <Button size="compact-sm" variant="default" onClick={() => setOpen(false)}>
            {t('Hide')}
          </Button>
          <Button size="compact-sm" variant="default" onClick={switchOff}>
            {t('Switch off')}
          </Button>
        </Group>
      </Group>
      <Text size="sm" data-stage={stage}>
        {stageTexts[stage]}
      </Text>
    </>
  );
}

type PhoneProps = { readonly phone: ReturnType<typeof usePhone> };

function Calls({ phone: { phone, state } }: PhoneProps) {
  if (state.calls.length === 0) return null;
  return (
    <Stack component="ul" gap="xs" m={0} p={0} aria-label={t('Calls')}>
      {state.calls.map((call) => (
        <CallCard key={call.id} state={state} call={call} controls={phone.controls} />
      ))}
    </Stack>
  );
}

/** Beside the sign-in. */
function CallsGoingOn(props: PhoneProps) {
  if (props.phone.state.calls.length === 0) return null;
  return (
    <>
      <Title order={2} size="h4" my="sm">
        {t('Your calls go on')}
      </Title>
      <Calls {...props} />
    </>
  );
}

function OpenPhone({ phone: used }: PhoneProps) {
  const { wanted, take, call } = useDock();
  const { phone, state, recent, again } = used;
  const { calls, stage, problem, notice } = state;
  const [isReady, hasRoom] = [stage === 'ready', calls.length < maxCalls];
  const canCall = isReady && hasRoom;
  useEffect(() => {
    if (wanted === null || !canCall) return;
    phone.call(wanted);
    take();
  }, [wanted, canCall, phone, take]);
  return (
    <>
      <PanelHead stage={stage} />
      {problem !== '' && (
        <Card withBorder role="alert">
          <Text size="sm">{problem}</Text>
          <Button size="compact-sm" mt="xs" onClick={again}>
            {t('Try again')}
          </Button>
        </Card>
      )}
      <Text size="sm" role="status">
        {wanted === null ? notice : t('{number} is called as soon as the line is ready.', { number: wanted })}
      </Text>
      <Calls phone={used} />
      <Dial canCall={hasRoom} onCall={isReady ? phone.call : call} press={phone.press} />
      <NewMessages />
      <PastCalls recent={endedOf(recent, calls)} onCall={phone.call} />
    </>
  );
}

/** The browser phone beside every page; beside the sign-in, its calls that go on. */
export function PhonePanel() {
  const { isOpen, setOpen, place } = useDock();
  const { signedIn } = useSigning();
  const used = usePhone();
  const { phone, state } = used;
  return (
    <>
      <Incoming
        call={state.calls.find(({ phase }) => phase === 'incoming')}
        controls={phone.controls}
        isHidden={!isOpen}
        onAnswer={() => setOpen(true)}
      />
      {place !== null &&
        createPortal(
          <section aria-label={t('My phone')}>
            {signedIn === null ? (
              <CallsGoingOn phone={used} />
            ) : (
              <Stack gap="sm" display={isOpen ? 'flex' : 'none'}>
                <OpenPhone phone={used} />
              </Stack>
            )}
          </section>,
          place,
        )}
    </>
  );
}

import type { CallControls } from '#browser-phone/phone.ts';
import { durationText, joinable, partyText, type Call, type PhoneState } from '#browser-phone/state.ts';
import { Button, Card, Group, Text, TextInput, Title } from '@mantine/core';
import { useId, useRef, useState, type SubmitEvent } from 'react';
import { t } from '../texts/texts.ts';
import { stateText } from './call-texts.ts';

type CallProps = { readonly state: PhoneState; readonly call: Call; readonly controls: CallControls };

/** A button that is on or off. */
function Toggle({ label, isOn, onChange }: { label: string; isOn: boolean; onChange: (isOn: boolean) => void }) {
  return (
    <Button size="compact-sm" variant={isOn ? 'filled' : 'default'} aria-pressed={isOn} onClick={() => onChange(!isOn)}>
      {label}
    </Button>
  );
}

/** The new party of a transfer. */
function TransferForm({ call: { id }, controls }: Pick<CallProps, 'call' | 'controls'>) {
  const [number, setNumber] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const withNumber = (work: (id: string, number: string) => void): void => {
    if (number.trim() !== '') work(id, number.trim());
  };
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    withNumber(controls.transfer);
  };
  return (
    <details onToggle={({ currentTarget }) => currentTarget.open && field.current?.focus()}>
      <summary>{t('Transfer')}</summary>
      <form onSubmit={send} noValidate>
        <TextInput
          ref={field}
          type="tel"
          label={t('Transfer to')}
          autoComplete="off"
          value={number}
          onChange={({ target }) => setNumber(target.value)}
        />
        <Group gap="xs" mt="xs">
          <Button size="compact-sm" type="submit">
            {t('Transfer now')}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => withNumber(controls.consult)}>
            {t('Ask first')}
          </Button>
        </Group>
      </form>
    </details>
  );
}

/** What is done with a call that is answered, unless it is being transferred. */
function TalkControls({ state, call, controls }: CallProps) {
  const other = joinable(state, call);
  return (
    <>
      <Toggle label={t('Hold')} isOn={call.isHeld} onChange={(isOn) => controls.hold(call.id, isOn)} />
      <Toggle label={t('Mute')} isOn={call.isMuted} onChange={(isOn) => controls.mute(call.id, isOn)} />
      {other !== undefined && state.activeId === call.id && (
        <Button size="compact-sm" variant="default" onClick={() => controls.join(call.id, other.id)}>
          {t('Connect to {name}', { name: partyText(other) })}
        </Button>
      )}
    </>
  );
}

/** A call, and what a person does with it. */
export function CallCard({ state, call, controls }: CallProps) {
  const { id, phase, answeredAt, transfer } = call;
  const title = useId();
  const isTalking = phase === 'talking' && transfer === 'none';
  return (
    <Card component="li" className="call" data-call={id} withBorder padding="sm">
      <Title order={3} size="h5" id={title}>
        {partyText(call)}
      </Title>
      <Text size="sm">
        <span className="state">{stateText(call)}</span>{' '}
        {answeredAt === null ? '' : durationText(Date.now() - answeredAt)}
      </Text>
      <div role="group" aria-labelledby={title}>
        <Group gap="xs" my="xs">
          {phase === 'incoming' && (
            <Button size="compact-sm" color="teal" onClick={() => controls.answer(id)}>
              {t('Answer')}
            </Button>
          )}
          <Button size="compact-sm" color="red" variant="outline" onClick={() => controls.hangUp(id)}>
            {phase === 'incoming' ? t('Decline') : t('Hang up')}
          </Button>
          {isTalking && <TalkControls state={state} call={call} controls={controls} />}
        </Group>
        {isTalking && <TransferForm call={call} controls={controls} />}
      </div>
    </Card>
  );
}

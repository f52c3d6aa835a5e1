import { Button, Group, Stack, Text, Timeline } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { at, isObject, listIn, textIn, type JsonObject } from '../../json-value.ts';
import { request } from '../kit/api.ts';
import { Problem } from '../kit/page.tsx';
import { t } from '../texts/texts.ts';
import { bodyOf, type Flow } from './flow-draft.ts';
import { nextEvents, wordsOfWalkStep, type WalkEvent } from './walk-words.ts';

type WalkProps = {
  readonly flow: Flow;
  /** Of the saved flow, or `new`. */
  readonly id: string;
  /** Called with the steps that the walk has reached. */
  readonly onWalk: (steps: ReadonlySet<string>) => void;
};

/** The steps that were walked through, with what was heard, typed and decided. */
const WalkedSteps = ({ steps }: { readonly steps: readonly JsonObject[] }) => (
  <Timeline active={steps.length} bulletSize={16} lineWidth={2} aria-label={t('Steps of the walk')}>
    {steps.map((step, row) => {
      const { title, text } = wordsOfWalkStep(step);
      return (
        <Timeline.Item key={row} title={title}>
          <Text size="sm">{text}</Text>
        </Timeline.Item>
      );
    })}
  </Timeline>
);

const noEvents: readonly WalkEvent[] = [];

/** The draft with an imagined call: nothing is called or charged. What happens next is chosen. */
export function Walk({ flow, id, onWalk }: WalkProps) {
  const [events, setEvents] = useState(noEvents);
  const body = { flow: bodyOf(flow), events: events.map(({ event }) => event) };
  const { data, error, isFetching } = useQuery({
    queryKey: ['walk', id, JSON.stringify(body)],
    queryFn: () => request({ method: 'POST', path: `/callflows/${encodeURIComponent(id)}/simulate`, body }),
    retry: false,
    staleTime: Infinity,
  });
  const steps = listIn(at(data, 'data', 'steps')).filter(isObject);
  const reached = steps.map((step) => textIn(step['step'])).join(' ');
  useEffect(() => {
    onWalk(new Set(reached.split(' ')));
    return () => onWalk(new Set());
  }, [onWalk, reached]);
  const choices = nextEvents(at(data, 'data', 'waits_for'));
  return (
    <Stack gap="sm">
      <Text size="sm">{t('An imagined call walks through the draft. Nothing is called or charged.')}</Text>
      <Problem error={error} />
      <WalkedSteps steps={steps} />
      {data !== undefined && (
        <Text role="status" fw={600}>
          {choices.length === 0 ? t('The call has ended.') : t('What happens now?')}
        </Text>
      )}
      <Group gap={6}>
        {choices.map((choice) => (
          <Button
            key={choice.label}
            size="compact-sm"
            variant="default"
            disabled={isFetching}
            onClick={() => setEvents([...events, choice])}
          >
            {choice.label}
          </Button>
        ))}
      </Group>
      <Group gap="xs">
        <Button
          size="compact-sm"
          variant="subtle"
          disabled={events.length === 0}
          onClick={() => setEvents(events.slice(0, -1))}
        >
          {t('One step back')}
        </Button>
        <Button size="compact-sm" variant="subtle" disabled={events.length === 0} onClick={() => setEvents(noEvents)}>
          {t('From the start')}
        </Button>
      </Group>
    </Stack>
  );
}

import { Card, SimpleGrid, Text } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useQueries } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../kit/api.ts';
import { Page } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession, useSigning } from '../kit/session.tsx';
import { Alarms, alarmsRequest } from './alarms.tsx';
import { Checklist } from './checklist.tsx';
import { figuresOf, type Figure } from './figures.ts';
import { HourPlot, requestsOf, useHourCalls } from './hour-plot.tsx';
import { answerRate, lastHours, sumOf } from './hours.ts';

/** Hours of the plot. */
const shownHours = 12;
/** Milliseconds between two looks at the clock, and at the figures. */
const intervals = { clock: 30_000, figures: 10_000 } as const;

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useInterval(() => setNow(Date.now()), intervals.clock, { autoInvoke: true });
  return now;
}

/** What goes on now and today, as far as the person may see it. */
export function OverviewPage() {
  const session = useSession();
  const { organization } = useSigning();
  const now = useNow();
  const place = {
    organization: organization ?? session.org_id,
    today: new Date(now).toISOString().slice(0, 10),
    hasCustomers: session.reach !== 'own' && organization === null,
  };
  const figures = figuresOf(place).filter(({ scope }) => scope === null || isAllowed(session, [scope]));
  const hours = lastHours(shownHours, now);
  const [hasCalls, hasAlarms] = [isAllowed(session, ['cdr:read']), isAllowed(session, ['system:read'])];
  const since = hours[0]?.start ?? '';
  const requests = [
    ...figures.flatMap((figure) => figure.requests),
    ...(hasCalls ? hours.slice(-1).flatMap(requestsOf) : []),
    ...(hasAlarms ? [alarmsRequest(place.organization, since)] : []),
  ];
  const calls = useHourCalls(hours, hasCalls);
  const rate = answerRate(sumOf(calls.hours));
  const shown = (text: string): string => (calls.isPending ? '…' : calls.isError ? 'not available' : text);
  return (
    <Page title="Overview" requests={requests}>
      <Checklist />
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="sm">
        {figures.slice(0, 1).map((figure) => (
          <ReadFigure key={figure.label} {...figure} />
        ))}
        {hasCalls && (
          <>
            <FigureCard label="Calls in 12 hours" value={shown(String(sumOf(calls.hours).all))} />
            <FigureCard label="Answered" value={shown(rate === null ? '–' : `${rate} %`)} />
          </>
        )}
        {figures.slice(1).map((figure) => (
          <ReadFigure key={figure.label} {...figure} />
        ))}
      </SimpleGrid>
      {hasCalls && <HourPlot hours={calls.hours} />}
      {hasAlarms && <Alarms organization={place.organization} since={since} />}
    </Page>
  );
}

/** A figure that is read as it is. */
function ReadFigure({ label, requests, value }: Figure) {
  const shown = useQueries({
    queries: requests.map((wanted) => ({
      queryKey: ['figure', wanted],
      queryFn: () => request(wanted),
      refetchInterval: intervals.figures,
    })),
    combine: (results) => {
      if (results.some(({ isPending }) => isPending)) return '…';
      return results.some(({ isError }) => isError) ? 'not available' : value(results.map(({ data }) => data));
    },
  });
  return <FigureCard label={label} value={shown} />;
}

function FigureCard({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <Card withBorder padding="sm">
      <Text size="sm">{label}</Text>
      <Text size="xl" fw={600} data-figure={label}>
        {value}
      </Text>
    </Card>
  );
}

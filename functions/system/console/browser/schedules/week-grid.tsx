import { Text, VisuallyHidden } from '@mantine/core';
import { useRef, useState, type KeyboardEvent } from 'react';
import { t } from '../texts/texts.ts';
import { dayName, days, stateOf, timeOf, withSpan, type Span, type Week } from './week.ts';
import classes from './week-grid.module.css';

/** Minutes of a cell. */
const step = 30;
const rows = 1_440 / step;
const names = days.map((_name, day) => dayName(day, 'long'));
const states = { open: t('open'), closed: t('closed'), 'partly open': t('partly open') };

type Place = { readonly day: number; readonly row: number };

const spanOf = ({ row }: Place): Span => [row * step, (row + 1) * step];

const moves: Readonly<Record<string, Place>> = {
  ArrowUp: { day: 0, row: -1 },
  ArrowDown: { day: 0, row: 1 },
  ArrowLeft: { day: -1, row: 0 },
  ArrowRight: { day: 1, row: 0 },
};

const within = (value: number, count: number): number => Math.min(count - 1, Math.max(0, value));

const moved = ({ day, row }: Place, by: Place): Place => ({
  day: within(day + by.day, days.length),
  row: within(row + by.row, rows),
});

type GridProps = { readonly week: Week; readonly isReadOnly: boolean; readonly onChange: (week: Week) => void };

/** What is done with cells: they are painted open or closed, as the first one becomes. */
function usePainting({ week, isReadOnly, onChange }: GridProps) {
  const [focus, setFocus] = useState<Place>({ day: 0, row: (9 * 60) / step });
  const painting = useRef<boolean | null>(null);
  const isOpen = (place: Place): boolean => stateOf(week, place.day, spanOf(place)) === 'open';
  const paint = (place: Place, open: boolean): void => {
    if (!isReadOnly) onChange(withSpan(week, place.day, spanOf(place), open));
  };
  const begin = (place: Place): void => {
    painting.current = !isOpen(place);
    setFocus(place);
    paint(place, painting.current);
  };
  const enter = (place: Place): void => {
    if (painting.current !== null) paint(place, painting.current);
  };
  const end = (): void => void (painting.current = null);
  const press = (event: KeyboardEvent<HTMLElement>): void => {
    const move = moves[event.key];
    if (move !== undefined) {
      const next = moved(focus, move);
      if (event.shiftKey) paint(next, isOpen(focus));
      setFocus(next);
      event.currentTarget.querySelector<HTMLElement>(`[data-cell="${next.day} ${next.row}"]`)?.focus();
    } else if (event.key === ' ' || event.key === 'Enter') paint(focus, !isOpen(focus));
    else return;
    event.preventDefault();
  };
  return { focus, begin, enter, end, press };
}

type HalfHourProps = Pick<ReturnType<typeof usePainting>, 'focus' | 'begin' | 'enter'> & {
  readonly row: number;
  readonly week: Week;
};

/** The same time of each day. */
function HalfHour({ row, week, focus, begin, enter }: HalfHourProps) {
  const time = timeOf(row * step);
  return (
    <div role="row" className={classes['row']}>
      <span role="rowheader" className={classes['time']}>
        {(row * step) % 60 === 0 ? time : <VisuallyHidden>{time}</VisuallyHidden>}
      </span>
      {names.map((name, day) => {
        const state = stateOf(week, day, spanOf({ day, row }));
        return (
          <span
            key={name}
            role="gridcell"
            data-cell={`${day} ${row}`}
            data-state={state}
            aria-selected={state === 'open'}
            aria-label={`${name} ${time}, ${states[state]}`}
            tabIndex={focus.day === day && focus.row === row ? 0 : -1}
            className={classes['cell']}
            onPointerDown={(event) => {
              // Else a finger would draw in its first cell only.
              event.currentTarget.releasePointerCapture(event.pointerId);
              begin({ day, row });
            }}
            onPointerEnter={() => enter({ day, row })}
          />
        );
      })}
    </div>
  );
}

const byMouse = 'Click or drag over hours to open or close them.';
const byKeyboard = 'Arrows move, the space bar opens or closes, and arrows with Shift go on with that.';

/** The open hours of a week, by mouse, finger and keyboard. */
export function WeekGrid(props: GridProps) {
  const { week, isReadOnly } = props;
  const { end, press, ...painting } = usePainting(props);
  return (
    <>
      <Text size="sm" mb="xs" id="week-help">
        {[t('Colored hours are open.'), ...(isReadOnly ? [] : [t(byMouse), t(byKeyboard)])].join(' ')}
      </Text>
      <div
        role="grid"
        aria-label={t('Open hours of the week')}
        aria-describedby="week-help"
        aria-readonly={isReadOnly}
        className={classes['grid']}
        onKeyDown={press}
        onPointerUp={end}
        onPointerLeave={end}
      >
        <div role="row" className={classes['row']}>
          <span role="columnheader" className={classes['day']}>
            <VisuallyHidden>{t('Time')}</VisuallyHidden>
          </span>
          {names.map((name, day) => (
            <span key={name} role="columnheader" aria-label={name} className={classes['day']}>
              {dayName(day, 'short')}
            </span>
          ))}
        </div>
        {Array.from({ length: rows }, (_, row) => (
          <HalfHour key={row} row={row} week={week} {...painting} />
        ))}
      </div>
    </>
  );
}

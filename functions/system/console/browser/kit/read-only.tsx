import { Box, Text } from '@mantine/core';
import { createContext, useContext, type ReactNode } from 'react';

/** Forms of who may not write: they show their values. */

/** How inputs are shown: to be filled in, as values with their labels, or as values below the heading of a column. */
type Showing = 'inputs' | 'values' | 'cells';

const Context = createContext<Showing>('inputs');

export const useShowing = (): Showing => useContext(Context);

type ShowAsProps = { readonly as: Showing; readonly children: ReactNode };

/** Shows the inputs in it as values. */
export const ShowAs = ({ as, children }: ShowAsProps) => <Context value={as}>{children}</Context>;

type ShownValueProps = { readonly label: ReactNode; readonly children: ReactNode };

/** A value in place of its input; `–` if it is empty. */
export function ShownValue({ label, children }: ShownValueProps) {
  const text = children === '' || children === null || children === undefined ? '–' : children;
  if (useShowing() === 'cells') return <>{text}</>;
  return (
    <Box role="group" aria-label={typeof label === 'string' ? label : undefined}>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text component="div" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
        {text}
      </Text>
    </Box>
  );
}

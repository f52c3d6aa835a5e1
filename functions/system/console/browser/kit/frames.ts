import { useCallback, useEffect, useRef } from 'react';

/** @returns a function that does work once in the next frame, however often it is called before */
export function useNextFrame(work: () => void): () => void {
  const frame = useRef(0);
  const latest = useRef(work);
  useEffect(() => {
    latest.current = work;
  });
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  return useCallback(() => {
    if (frame.current !== 0) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      latest.current();
    });
  }, []);
}

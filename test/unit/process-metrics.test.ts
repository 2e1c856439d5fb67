import { collectDefaultMetrics, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { collectProcessMetrics } from '../../src/process-metrics.js';

test('the metrics of the process are the library’s default ones, but for the durations of collections', () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  collectProcessMetrics(ours);
  collectDefaultMetrics({ register: theirs });
  const namesOf = (registry: Registry) => registry.getMetricsAsArray().map(({ name }) => name);

  expect(namesOf(ours)).toEqual(namesOf(theirs).filter((name) => name !== 'nodejs_gc_duration_seconds'));
  expect(namesOf(ours)).not.toHaveLength(namesOf(theirs).length);
});

// Observed events, statistics and packages between annex A and the model. RFC 3525 §7.1.15 to §7.1.18.
import type { ObservedEventsDescriptor, PackagesDescriptor, StatisticsDescriptor } from '../../message/index.js';
import type { Mapping } from './context.js';
import { timeRecord, timeStampOf } from './map-identity.js';
import type { ObservedEventsValue, PackagesValue, StatisticsValue } from './schema-descriptors.js';
import { packageName, packageNumber } from './wrapping.js';

/** ObservedEventsDescriptor into the model. */
export function observedOf({ requestId, observedEventLst }: ObservedEventsValue, mapping: Mapping): ObservedEventsDescriptor {
  return {
    kind: 'observed-events',
    requestId,
    events: observedEventLst.map(({ eventName, streamID, eventParList, timeNotation }) => ({
      name: mapping.itemName('event', eventName),
      streamId: streamID,
      time: timeNotation && timeStampOf(timeNotation),
      parameters: mapping.parameters('event', eventName, eventParList),
    })),
  };
}

/** ObservedEventsDescriptor from the model. */
export function observedRecord({ requestId, events }: ObservedEventsDescriptor, mapping: Mapping): ObservedEventsValue {
  return {
    requestId,
    observedEventLst: events.map(({ name, streamId, time, parameters }) => ({
      eventName: mapping.itemNumber('event', name),
      streamID: streamId,
      eventParList: mapping.parameterRecords('event', name, parameters),
      timeNotation: time === undefined ? undefined : timeRecord(time),
    })),
  };
}

/** StatisticsDescriptor into the model. */
export function statisticsOf(records: StatisticsValue, mapping: Mapping): StatisticsDescriptor {
  return { kind: 'statistics', statistics: records.map((each) => mapping.statistic(each)) };
}

/** StatisticsDescriptor from the model. */
export function statisticsRecord({ statistics }: StatisticsDescriptor, mapping: Mapping): StatisticsValue {
  return statistics.map((each) => mapping.statisticRecord(each));
}

/** PackagesDescriptor into the model. */
export function packagesOf(records: PackagesValue, mapping: Mapping): PackagesDescriptor {
  return {
    kind: 'packages',
    packages: records.map((each) => ({ name: packageName(mapping.packages, each.packageName), version: each.packageVersion })),
  };
}

/** PackagesDescriptor from the model. */
export function packagesRecord({ packages }: PackagesDescriptor, mapping: Mapping): PackagesValue {
  return packages.map(({ name, version }) => ({ packageName: packageNumber(mapping.packages, name), packageVersion: version }));
}

// Observed events, statistics and packages between annex A and the model. RFC 3525 §7.1.15 to §7.1.18.
import type { ObservedEventsDescriptor, PackagesDescriptor, StatisticsDescriptor } from '../../message/index.js';
import type { Mapping } from './context.js';
import { timeRecord, timeStampOf } from './map-identity.js';
import type { ObservedEventsValue, PackagesValue, StatisticsValue } from './schema.js';
import { packageName, packageNumber } from './wrapping.js';

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

export function statisticsOf(records: StatisticsValue, mapping: Mapping): StatisticsDescriptor {
  return { kind: 'statistics', statistics: records.map((each) => mapping.statistic(each)) };
}

export function statisticsRecord({ statistics }: StatisticsDescriptor, mapping: Mapping): StatisticsValue {
  return statistics.map((each) => mapping.statisticRecord(each));
}

export function packagesOf(records: PackagesValue, mapping: Mapping): PackagesDescriptor {
  return {
    kind: 'packages',
    packages: records.map((each) => ({ name: packageName(mapping.packages, each.packageName), version: each.packageVersion })),
  };
}

export function packagesRecord({ packages }: PackagesDescriptor, mapping: Mapping): PackagesValue {
  return packages.map(({ name, version }) => ({ packageName: packageNumber(mapping.packages, name), packageVersion: version }));
}

// What the newest Grafana knows of a dashboard's file, put together from the types that it publishes itself.

import type { Dashboard, FieldConfig, FieldConfigSource, Panel, RowPanel } from '@grafana/schema';
import type * as heatmap from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
// @grafana/schema has no units, and nothing of Prometheus.
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import type * as units from '@grafana/grafana-foundation-sdk/units';

/** A file in `grafana/dashboards`. */
export type DashboardFile = Json<Omit<Dashboard, 'panels'> & { panels: Array<Row | Shown> }>;

/** The kinds of panels that the course has. */
type Shown =
  | PanelOf<'heatmap', heatmap.Options, heatmap.FieldConfig>
  | PanelOf<'stat', stat.Options, {}>
  | PanelOf<'table', table.Options, table.FieldConfig>
  | PanelOf<'timeseries', timeseries.Options, timeseries.FieldConfig>;

type PanelOf<Kind, Options, Custom> = Omit<Panel, 'type' | 'options' | 'fieldConfig' | 'targets'> & {
  type: Kind;
  options?: Defaulted<Options>;
  fieldConfig: Omit<FieldConfigSource, 'defaults'> & { defaults: Defaults<Custom> };
  targets: Query[];
};

type Defaults<Custom> = Omit<FieldConfig, 'custom' | 'unit'> & { unit: Unit; custom?: Defaulted<Custom> };

type Unit = Extract<(typeof units)[keyof typeof units], string>;

type Query = Omit<Dataquery, '_implementsDataqueryVariant'>;

/** Grafana numbers rows and panels itself. */
type Row = Omit<RowPanel, 'id'>;

/** What a file leaves out, the panel fills in. */
type Defaulted<T> = T extends unknown[] ? T : T extends object ? { [Key in keyof T]?: Defaulted<T[Key]> } : T;

/** In a file, an enum is the text or the number that it stands for. */
type Json<T> = T extends string
  ? `${T}`
  : T extends number
    ? `${T}` extends `${infer N extends number}` ? N : never
    : T extends object ? { [Key in keyof T]: Json<T[Key]> } : T;

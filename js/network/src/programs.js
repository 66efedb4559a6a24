// The two marks, each one GLSL program: a unit is a pie, a person is a shape. Lengths inside are CSS pixels.
import { NodeProgram } from "sigma/rendering";
import { CHOSEN, TOP } from "./view.js";

const { FLOAT, UNSIGNED_BYTE, TRIANGLES } = WebGLRenderingContext;
const UNIFORMS = [
  "u_matrix", "u_sizeRatio", "u_correctionRatio", "u_pixelRatio",
  "u_fills", "u_lines", "u_hatch", "u_ink", "u_edge", "u_surface",
];
const CORNERS = { CONSTANT_ATTRIBUTES: [{ name: "a_angle", size: 1, type: FLOAT }], CONSTANT_DATA: [[0], [(2 * Math.PI) / 3], [(4 * Math.PI) / 3]] };

// A triangle round the mark and its rings; `smallest` keeps people visible from far away.
const VERTEX_HEAD = (smallest, margin) => /* glsl */ `
  attribute vec4 a_id; attribute vec2 a_position; attribute float a_size; attribute float a_angle;
  uniform mat3 u_matrix; uniform float u_sizeRatio; uniform float u_correctionRatio;
  varying vec2 v_at; varying float v_radius; varying vec4 v_id;
  void place() {
    v_radius = max(a_size / u_sizeRatio, ${smallest});
    v_at = 2.0 * (v_radius + ${margin}) * vec2(cos(a_angle), sin(a_angle));
    vec2 position = a_position + v_at * 2.0 * u_correctionRatio;
    gl_Position = vec4((u_matrix * vec3(position, 1.0)).xy, 0.0, 1.0);
    v_id = a_id; v_id.a *= 255.0 / 254.0;
  }`;

const FRAGMENT_HEAD = /* glsl */ `
  precision highp float;
  varying vec2 v_at; varying float v_radius; varying vec4 v_id;
  uniform float u_pixelRatio; uniform vec3 u_hatch; uniform vec3 u_ink; uniform vec3 u_edge; uniform vec3 u_surface;
  const float TURN = 6.28318530718;
  float inside(float d) { return clamp(0.5 - d * u_pixelRatio, 0.0, 1.0); }
  float band(float d, float from, float to) { return inside(d - to) * (1.0 - inside(d - from)); }
  float hatched(vec2 at) { return inside(abs(fract((at.x - at.y) * 0.70711 / 5.0) - 0.5) * 5.0 - 0.55); }
  float dashed(vec2 at, float n) { return step(0.42, fract(atan(at.y, at.x) / TURN * n)); }
  vec4 over(vec4 below, vec3 colour, float alpha) { return vec4(colour * alpha, alpha) + below * (1.0 - alpha); }`;

const MARK_VERTEX = /* glsl */ `${VERTEX_HEAD("1.6", "6.0")}
  attribute vec4 a_look;
  uniform vec3 u_fills[6]; uniform vec3 u_lines[6];
  varying vec3 v_fill; varying vec3 v_line; varying vec3 v_look;
  void main() {
    place();
    v_look = floor(a_look.xyz * 255.0 + 0.5);
    int assessment = int(v_look.y);
    v_fill = u_fills[assessment]; v_line = u_lines[assessment];
  }`;

const MARK_FRAGMENT = /* glsl */ `${FRAGMENT_HEAD}
  varying vec3 v_fill; varying vec3 v_line; varying vec3 v_look;
  float shape(vec2 at, float r) {
    if (v_look.x < 0.5) return length(at) - r;
    vec2 a = abs(at);
    if (v_look.x < 1.5) return max(a.x, a.y) - 0.88 * r;
    if (v_look.x < 2.5) return (a.x + a.y - 1.26 * r) * 0.70711;
    return max(a.x * 0.866 + at.y * 0.5, -at.y) - 0.66 * r;
  }
  void main(void) {
    float d = shape(v_at, v_radius);
    bool top = mod(v_look.z, 2.0) > 0.5;
    bool chosen = v_look.z > 1.5;
    float reach = chosen ? 5.4 : (top ? 3.8 : 1.0);
    #ifdef PICKING_MODE
    gl_FragColor = d > reach ? vec4(0.0) : v_id;
    #else
    vec4 colour = vec4(0.0);
    bool known = v_look.y > 0.5;
    float line = v_radius < 4.0 ? 0.6 : 1.0;
    colour = over(colour, v_fill, inside(d));
    if (!known && v_radius >= 8.0) colour = over(colour, u_hatch, inside(d) * hatched(v_at));
    float broken = known ? 1.0 : dashed(v_at, max(6.0, floor(v_radius * 1.5)));
    if (!known && v_radius < 4.0) broken = 1.0;
    colour = over(colour, v_line, band(d, -line, 0.0) * broken);
    if (top && !chosen) colour = over(colour, u_ink, band(d, 1.7, 3.4));
    if (chosen) colour = over(colour, u_surface, band(d, 0.0, 5.4));
    if (chosen) colour = over(colour, u_ink, band(d, 2.0, 5.0) * (known ? 1.0 : dashed(v_at, max(8.0, floor(v_radius * 1.1)))));
    gl_FragColor = colour;
    #endif
  }`;

const PIE_VERTEX = /* glsl */ `${VERTEX_HEAD("4.0", "8.0")}
  attribute vec4 a_shares; attribute vec2 a_last;
  varying vec4 v_shares; varying vec2 v_last;
  void main() { place(); v_shares = a_shares; v_last = a_last; }`;

const PIE_FRAGMENT = /* glsl */ `${FRAGMENT_HEAD}
  uniform vec3 u_fills[6];
  varying vec4 v_shares; varying vec2 v_last;
  float cut(float share, float turn) {
    float away = TURN * (turn - share);
    return cos(away) > 0.0 ? abs(sin(away)) * length(v_at) : 99.0;
  }
  void main(void) {
    float d = length(v_at) - v_radius;
    #ifdef PICKING_MODE
    gl_FragColor = d > 2.0 ? vec4(0.0) : v_id;
    #else
    float turn = fract(atan(v_at.x, v_at.y) / TURN + 1.0);
    vec3 fill = u_surface; bool known = true;
    if (turn < v_shares.x) fill = u_fills[1];
    else if (turn < v_shares.y) fill = u_fills[2];
    else if (turn < v_shares.z) fill = u_fills[3];
    else if (turn < v_shares.w) fill = u_fills[4];
    else if (turn < v_last.x) fill = u_fills[5];
    else known = false;
    vec4 colour = over(vec4(0.0), fill, inside(d));
    if (!known) colour = over(colour, u_hatch, inside(d) * hatched(v_at));
    if (v_last.x > 0.0) {
      float near = min(min(cut(v_shares.x, turn), cut(v_shares.y, turn)), min(cut(v_shares.z, turn), cut(v_shares.w, turn)));
      near = min(near, min(cut(v_last.x, turn), cut(0.0, turn)));
      colour = over(colour, u_surface, inside(near - 0.5) * inside(d));
    }
    colour = over(colour, u_edge, band(d, -1.2, 0.0));
    if (v_last.y < 0.5) colour = over(colour, u_edge, band(d, 4.0, 5.2) * dashed(v_at, max(12.0, floor(v_radius * 1.2))));
    gl_FragColor = colour;
    #endif
  }`;

function setUniforms(theme, params, { gl, uniformLocations: at }) {
  gl.uniform1f(at.u_sizeRatio, params.sizeRatio);
  gl.uniform1f(at.u_correctionRatio, params.correctionRatio);
  gl.uniformMatrix3fv(at.u_matrix, false, params.matrix);
  // the picking variant of a program uses none of the colours
  if (at.u_pixelRatio) gl.uniform1f(at.u_pixelRatio, params.pixelRatio);
  const colours = { u_fills: "fills", u_lines: "lines", u_hatch: "hatch", u_ink: "inkColour", u_edge: "edgeColour", u_surface: "surfaceColour" };
  for (const [uniform, name] of Object.entries(colours)) if (at[uniform]) gl.uniform3fv(at[uniform], theme.current[name]);
}

const bytes = new Uint8Array(4);
const packed = new Float32Array(bytes.buffer);

// Four small numbers in the place of one float.
function pack(shape, assessment, flags) {
  bytes.set([shape, assessment, flags, 0]);
  return packed[0];
}

const SHARED = [{ name: "a_position", size: 2, type: FLOAT }, { name: "a_size", size: 1, type: FLOAT }];
const ID = { name: "a_id", size: 4, type: UNSIGNED_BYTE, normalized: true };

export function markProgram(theme) {
  return class extends NodeProgram {
    getDefinition() {
      const look = { name: "a_look", size: 4, type: UNSIGNED_BYTE, normalized: true };
      return { VERTICES: 3, VERTEX_SHADER_SOURCE: MARK_VERTEX, FRAGMENT_SHADER_SOURCE: MARK_FRAGMENT, METHOD: TRIANGLES, UNIFORMS, ATTRIBUTES: [...SHARED, look, ID], ...CORNERS };
    }

    processVisibleItem(index, start, data) {
      const flags = (data.top ? TOP : 0) + (data.chosen ? CHOSEN : 0);
      this.array.set([data.x, data.y, data.size, pack(data.shape, data.assessment, flags), index], start);
    }

    setUniforms(params, program) {
      setUniforms(theme, params, program);
    }
  };
}

export function pieProgram(theme) {
  return class extends NodeProgram {
    getDefinition() {
      const shares = [{ name: "a_shares", size: 4, type: FLOAT }, { name: "a_last", size: 2, type: FLOAT }];
      return { VERTICES: 3, VERTEX_SHADER_SOURCE: PIE_VERTEX, FRAGMENT_SHADER_SOURCE: PIE_FRAGMENT, METHOD: TRIANGLES, UNIFORMS, ATTRIBUTES: [...SHARED, ...shares, ID], ...CORNERS };
    }

    processVisibleItem(index, start, data) {
      this.array.set([data.x, data.y, data.size, ...data.shares, data.tiesKnown ? 1 : 0, index], start);
    }

    setUniforms(params, program) {
      setUniforms(theme, params, program);
    }
  };
}

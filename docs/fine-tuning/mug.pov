// A striped mug, seen from somewhere, on some ground; `declare=View=0..7`.
#version 3.7;
global_settings { assumed_gamma 1.0 }
#declare R = seed(40 + View);
#declare Angle = -70 + 24 * View + 12 * rand(R);
#declare Height = 1.6 + 1.6 * rand(R);
camera { location <0.5 * (rand(R) - 0.5), Height, -4.6> look_at <0, 0.62, 0> angle 34 }
light_source { <-14 + 22 * rand(R), 26, -16> rgb 1.05 area_light <5, 0, 0>, <0, 0, 5>, 4, 4 adaptive 1 jitter }
light_source { <6, 8, -20> rgb 0.28 shadowless }
sky_sphere { pigment { gradient y color_map { [0 rgb <0.82, 0.86, 0.92>] [1 rgb <0.45, 0.62, 0.88>] } } }
#declare Glaze = finish { specular 0.5 roughness 0.02 diffuse 0.8 ambient 0.08 reflection 0.04 }
#declare Stripes = pigment { gradient y color_map {
  [0.00 rgb <0.95, 0.92, 0.82>] [0.22 rgb <0.95, 0.92, 0.82>]
  [0.22 rgb <0.02, 0.42, 0.45>] [0.42 rgb <0.02, 0.42, 0.45>]
  [0.42 rgb <0.95, 0.55, 0.08>] [0.62 rgb <0.95, 0.55, 0.08>]
  [0.62 rgb <0.02, 0.42, 0.45>] [0.82 rgb <0.02, 0.42, 0.45>]
  [0.82 rgb <0.95, 0.92, 0.82>] [1.00 rgb <0.95, 0.92, 0.82>] } scale <1, 1.3, 1> }
union {
  difference {
    cylinder { <0, 0, 0>, <0, 1.3, 0>, 0.58 }
    cylinder { <0, 0.12, 0>, <0, 1.4, 0>, 0.5 pigment { rgb <0.95, 0.92, 0.82> } }
    pigment { Stripes } finish { Glaze }
  }
  torus { 0.54, 0.04 translate 1.3 * y pigment { rgb <0.95, 0.92, 0.82> } finish { Glaze } }
  difference {
    torus { 0.36, 0.085 rotate 90 * x translate <0.58, 0.65, 0> }
    cylinder { <0, 0, 0>, <0, 1.3, 0>, 0.55 }
    pigment { rgb <0.95, 0.55, 0.08> } finish { Glaze }
  }
  rotate Angle * y
}
#switch (mod(View, 4))
  #case (0) plane { y, 0 pigment { bumps scale 0.06 color_map { [0 rgb <0.2, 0.42, 0.1>] [1 rgb <0.35, 0.6, 0.2>] } } } #break
  #case (1) plane { y, 0 pigment { wood turbulence 0.08 scale <0.3, 0.3, 4> color_map { [0 rgb <0.5, 0.3, 0.15>] [1 rgb <0.68, 0.46, 0.25>] } } } #break
  #case (2) plane { y, 0 pigment { rgb <0.86, 0.86, 0.84> } } #break
  #case (3) plane { y, 0 pigment { bumps scale 0.05 color_map { [0 rgb <0.78, 0.66, 0.42>] [1 rgb <0.9, 0.8, 0.58>] } } } #break
#end
